"""Subscriptions, resource groups, what lies in a group, storage accounts."""

from collections.abc import Iterator

from sandbox import ids
from sandbox.arm.filters import matches
from sandbox.arm.routes import route
from sandbox.arm.wire import Call, Json, Refusal, Reply, not_found
from sandbox.model import Group, Machine, RestorePoint
from sandbox.simulation import Simulation

_READ = "Microsoft.Resources/subscriptions/"
_SINCE = "2016-06-01"
_GROUPS = "/subscriptions/{sub}/resourceGroups"


def subscription_body(sim: Simulation) -> Json:
    world = sim.state.world
    return {
        "id": ids.subscription_id(world.subscription),
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": world.subscription,
        "tenantId": world.tenant,
        "displayName": world.subscription_name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    }


@route("GET", "/subscriptions", None, _SINCE)
def list_subscriptions(sim: Simulation, call: Call) -> Reply:
    return Reply(200, {"value": [subscription_body(sim)], "count": {"type": "Total", "value": 1}})


@route("GET", "/tenants", None, _SINCE)
def list_tenants(sim: Simulation, call: Call) -> Reply:
    tenant = sim.state.world.tenant
    return Reply(200, {"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Sandbox"}]})


@route("GET", "/subscriptions/{sub}", _READ + "read", _SINCE)
def get_subscription(sim: Simulation, call: Call) -> Reply:
    return Reply(200, subscription_body(sim))


def group_body(group: Group) -> Json:
    return {
        "id": group.id,
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "properties": {"provisioningState": "Succeeded"},
    }


@route("GET", _GROUPS, _READ + "resourceGroups/read", _SINCE)
def list_groups(sim: Simulation, call: Call) -> Reply:
    return Reply(200, {"value": [group_body(group) for group in sim.state.groups]})


def require_group(sim: Simulation, call: Call) -> Group:
    group = sim.state.groups.get(ids.group_id(call.names["sub"], call.names["rg"]))
    if group is None:
        raise Refusal(404, "ResourceGroupNotFound", f"Resource group '{call.names['rg']}' could not be found.")
    return group


@route("GET", _GROUPS + "/{rg}", _READ + "resourceGroups/read", _SINCE)
def get_group(sim: Simulation, call: Call) -> Reply:
    return Reply(200, group_body(require_group(sim, call)))


@route("GET", _GROUPS + "/{rg}/resources", _READ + "resourceGroups/resources/read", _SINCE)
def list_of_group(sim: Simulation, call: Call) -> Reply:
    group = require_group(sim, call)
    return Reply(200, {"value": [body for body in _chosen(sim, call) if ids.under(body["id"], group.id)]})


@route("GET", "/subscriptions/{sub}/resources", _READ + "resources/read", _SINCE)
def list_all(sim: Simulation, call: Call) -> Reply:
    return Reply(200, {"value": _chosen(sim, call)})


def _chosen(sim: Simulation, call: Call) -> list[Json]:
    """The generic list under `$filter`, which knows resourceGroup, resourceType and name."""
    text = call.query.get("$filter")
    return [body for body in everything(sim) if matches(text, _facts(body))]


def _facts(body: Json) -> dict[str, str]:
    return {"resourceGroup": ids.group_of(body["id"]), "resourceType": body["type"], "name": body["name"]}


def _generic(resource: str, location: str, **more: object) -> Json:
    provider = resource.split("/providers/", 1)[1].split("/")
    kind = "/".join([provider[0], *provider[1::2]])
    return {"id": resource, "name": resource.rsplit("/", 1)[1], "type": kind, "location": location, **more}


def _tags(tags: dict[str, str]) -> Json:
    """The generic list leaves tags out where there are none."""
    return {"tags": tags} if tags else {}


def everything(sim: Simulation) -> Iterator[Json]:
    """All top-level resources as the generic list shows them; restore points are children and do not show."""
    for vault in sim.state.vaults:
        yield _generic(vault.id, vault.location, sku={"name": "RS0", "tier": "Standard"}, **_tags(vault.tags))
    for machine in sim.state.machines:
        yield _generic(machine.id, machine.location, **_tags(machine.tags))
        yield from _belongings(machine)
    for collection in sim.state.collections:
        yield _generic(collection.id, collection.location)
    for other in sim.state.others:
        yield _generic(other.id, other.location)
    for account in sim.state.storage:
        yield _generic(account.id, account.location, kind="StorageV2", sku={"name": account.sku, "tier": "Standard"})


def _belongings(machine: Machine) -> Iterator[Json]:
    base = machine.id.split("/providers/", 1)[0]
    for name in disk_names(machine):
        yield _generic(f"{base}/providers/Microsoft.Compute/disks/{name}", machine.location, managedBy=machine.id)
    yield _generic(f"{base}/providers/Microsoft.Network/networkInterfaces/{machine.name}-nic", machine.location)
    for extension in machine.extensions:
        yield _generic(f"{machine.id}/extensions/{extension.name}", machine.location)


def disk_names(machine: Machine) -> list[str]:
    tail = ids.guid(machine.vm_id, "disk").replace("-", "")
    return [f"{machine.name}_disk{number}_{tail}" for number, _ in enumerate(machine.disks_gb, 1)]


def disk_point_id(point: RestorePoint, disk: str) -> str:
    return f"{point.id}/diskRestorePoints/{disk}_{ids.guid(point.id, disk)}"


@route(
    "GET",
    _GROUPS + "/{rg}/providers/Microsoft.Storage/storageAccounts/{account}",
    "Microsoft.Storage/storageAccounts/read",
    "2019-06-01",
)
def get_account(sim: Simulation, call: Call) -> Reply:
    name = f"/providers/Microsoft.Storage/storageAccounts/{call.names['account']}"
    account = sim.state.storage.get(ids.group_id(call.names["sub"], call.names["rg"]) + name)
    if account is None:
        raise not_found(name, call.names["rg"])
    body = {
        "sku": {"name": account.sku, "tier": "Standard"},
        "kind": "StorageV2",
        "id": account.id,
        "name": account.name,
        "type": "Microsoft.Storage/storageAccounts",
        "location": account.location,
        "tags": {},
        "properties": {"provisioningState": "Succeeded", "primaryLocation": account.location, "accessTier": "Hot"},
    }
    return Reply(200, body)
