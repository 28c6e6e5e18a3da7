"""Key Vaults as Resource Manager shows them, and the roles that are assigned on them."""

from collections.abc import Iterator

from sandbox import ids
from sandbox.arm.routes import route
from sandbox.arm.scopes import asks_at_scope, require_scope
from sandbox.arm.wire import Call, Json, Reply, not_found
from sandbox.key_vaults import ROLES, Access, Granted, KeyVault
from sandbox.simulation import Simulation

_AUTHORIZATION = "/{scope+}/providers/Microsoft.Authorization"
_SINCE = "2015-07-01"
# ASSUMED: no recording shows a Key Vault, a role assignment or a role definition; the bodies follow the REST reference.
_FIREWALLS = {
    "open": {"bypass": "AzureServices", "defaultAction": "Allow"},
    "trusted": {"bypass": "AzureServices", "defaultAction": "Deny"},
    "closed": {"bypass": "None", "defaultAction": "Deny"},
}


def _policy(tenant: str, one: Access) -> Json:
    granted = {"keys": list(one.keys), "secrets": list(one.secrets), "certificates": []}
    return {"tenantId": tenant, "objectId": one.object, "permissions": granted}


def key_vault_body(sim: Simulation, vault: KeyVault) -> Json:
    tenant = sim.state.world.tenant
    return {
        "id": vault.id,
        "name": vault.name,
        "type": "Microsoft.KeyVault/vaults",
        "location": vault.location,
        "tags": {},
        "properties": {
            "sku": {"family": "A", "name": "standard"},
            "tenantId": tenant,
            "networkAcls": {**_FIREWALLS[vault.firewall], "ipRules": [], "virtualNetworkRules": []},
            "accessPolicies": [_policy(tenant, one) for one in vault.access],
            "enabledForDiskEncryption": True,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "enableRbacAuthorization": vault.rbac,
            "vaultUri": f"https://{vault.name}.vault.azure.net/",
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
        },
    }


@route(
    "GET",
    "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.KeyVault/vaults/{vault_name}",
    "Microsoft.KeyVault/vaults/read",
    "2019-09-01",
)
def get_key_vault(sim: Simulation, call: Call) -> Reply:
    name = f"/providers/Microsoft.KeyVault/vaults/{call.names['vault_name']}"
    vault = sim.state.key_vaults.get(ids.group_id(call.names["sub"], call.names["rg"]) + name)
    if vault is None:
        raise not_found(name, call.names["rg"])
    return Reply(200, key_vault_body(sim, vault))


def _role_id(sim: Simulation, name: str) -> str:
    """A role of the world's own has an id that follows from its name."""
    guid = ROLES[name][0] if name in ROLES else ids.guid("role", name)
    base = ids.subscription_id(sim.state.world.subscription)
    return f"{base}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def _assignment(sim: Simulation, one: Granted) -> Json:
    guid = ids.guid(one.scope, one.object, one.role)
    return {
        "properties": {
            "roleDefinitionId": _role_id(sim, one.role),
            "principalId": one.object,
            "principalType": one.kind,
            "scope": one.scope,
            "condition": one.condition or None,
            "conditionVersion": "2.0" if one.condition else None,
        },
        "id": f"{one.scope}/providers/Microsoft.Authorization/roleAssignments/{guid}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": guid,
    }


@route("GET", _AUTHORIZATION + "/roleAssignments", "Microsoft.Authorization/roleAssignments/read", _SINCE)
def list_assignments(sim: Simulation, call: Call) -> Reply:
    """Those at the scope and above it, and without `atScope()` those below it too."""
    scope, above_only = require_scope(sim, call), asks_at_scope(call)
    reaching = (
        one for one in _granted(sim) if ids.under(scope, one.scope) or (not above_only and ids.under(one.scope, scope))
    )
    return Reply(200, {"value": [_assignment(sim, one) for one in reaching]})


def _granted(sim: Simulation) -> Iterator[Granted]:
    for vault in sim.state.key_vaults:
        yield from vault.roles


@route("GET", _AUTHORIZATION + "/roleDefinitions", "Microsoft.Authorization/roleDefinitions/read", _SINCE)
def list_definitions(sim: Simulation, call: Call) -> Reply:
    scope = require_scope(sim, call)
    own = {one.role: one.data_actions for one in _granted(sim) if one.role not in ROLES}
    built_in = [_definition(sim, name, "BuiltInRole", "/", actions) for name, (_, actions) in ROLES.items()]
    custom = [_definition(sim, name, "CustomRole", scope, actions) for name, actions in own.items()]
    return Reply(200, {"value": [*built_in, *custom]})


def _definition(sim: Simulation, name: str, kind: str, scope: str, data_actions: tuple[str, ...]) -> Json:
    allowed = {"actions": ["*/read"], "notActions": [], "dataActions": list(data_actions), "notDataActions": []}
    return {
        "properties": {
            "roleName": name,
            "type": kind,
            "description": name,
            "assignableScopes": [scope],
            "permissions": [allowed],
        },
        "id": _role_id(sim, name),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": _role_id(sim, name).rsplit("/", 1)[1],
    }
