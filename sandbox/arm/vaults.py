"""Vaults and what they hold besides items, points and jobs."""

from sandbox import ids
from sandbox.arm.backups import BACKUP_API, require_vault
from sandbox.arm.filters import matches
from sandbox.arm.routes import V, route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.model import Item, Policy, Vault
from sandbox.simulation import Simulation

_RS = "Microsoft.RecoveryServices/vaults/"
_VAULT_API = "2016-06-01"


def vault_body(vault: Vault) -> Json:
    body: Json = {
        "location": vault.location,
        "name": vault.name,
        "etag": f"W/\"datetime'{ids.guid(vault.id)}'\"",
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpointStateForBackup": "None",
            "privateEndpointStateForSiteRecovery": "None",
            "publicNetworkAccess": "Enabled",
            "monitoringSettings": {"azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"}},
            "securitySettings": {
                "immutabilitySettings": {"state": vault.immutability},
                "softDeleteSettings": {"softDeleteState": "Enabled", "softDeleteRetentionPeriodInDays": 14},
                "multiUserAuthorization": "Enabled" if vault.resource_guard else "Disabled",
            },
        },
        "id": vault.id,
        "type": "Microsoft.RecoveryServices/vaults",
        "sku": {"name": "RS0", "tier": "Standard"},
        "identity": {"type": "SystemAssigned", "principalId": ids.guid(vault.id, "principal")},
    }
    return {**body, "tags": vault.tags} if vault.tags else body


@route("GET", V, _RS + "read", _VAULT_API)
def get_vault(sim: Simulation, call: Call) -> Reply:
    return Reply(200, vault_body(require_vault(sim, call)))


@route("GET", "/subscriptions/{sub}/providers/Microsoft.RecoveryServices/vaults", _RS + "read", _VAULT_API)
def list_vaults(sim: Simulation, call: Call) -> Reply:
    return Reply(200, {"value": [vault_body(vault) for vault in sim.state.vaults]})


@route("GET", V.rsplit("/", 1)[0], _RS + "read", _VAULT_API)
def list_vaults_of_group(sim: Simulation, call: Call) -> Reply:
    here = [v for v in sim.state.vaults if v.group.lower() == call.names["rg"].lower()]
    return Reply(200, {"value": [vault_body(vault) for vault in here]})


def _schedule(policy: Policy) -> Json:
    at = f"2025-01-01T{policy.hour:02d}:{policy.minute:02d}:00Z"
    if policy.version == "V2":
        daily = {"scheduleRunTimes": [at]}
        return {
            "schedulePolicyType": "SimpleSchedulePolicyV2",
            "scheduleRunFrequency": "Daily",
            "dailySchedule": daily,
        }
    return {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": "Daily",
        "scheduleRunTimes": [at],
        "scheduleWeeklyFrequency": 0,
    }


def policy_body(sim: Simulation, policy: Policy) -> Json:
    at = f"2025-01-01T{policy.hour:02d}:{policy.minute:02d}:00Z"
    names = {"azureBackupRGNamePrefix": policy.group_prefix, "azureBackupRGNameSuffix": policy.group_suffix}
    properties: Json = {
        "backupManagementType": "AzureIaasVM",
        "policyType": policy.version,
        "instantRPDetails": {key: value for key, value in names.items() if value is not None},
        "schedulePolicy": _schedule(policy),
        "retentionPolicy": {
            "retentionPolicyType": "LongTermRetentionPolicy",
            "dailySchedule": {
                "retentionTimes": [at],
                "retentionDuration": {"count": policy.daily_retention, "durationType": "Days"},
            },
        },
        "tieringPolicy": {"ArchivedRP": {"tieringMode": "DoNotTier", "duration": 0, "durationType": "Invalid"}},
        "instantRpRetentionRangeInDays": policy.snapshot_days,
        "timeZone": "UTC",
        "protectedItemsCount": sum(1 for i in sim.state.items.under(policy.vault) if i.policy == policy.name),
    }
    if policy.consistency != "AppConsistent":
        properties["snapshotConsistencyType"] = "OnlyCrashConsistent"
    kind = "Microsoft.RecoveryServices/vaults/backupPolicies"
    return {"id": policy.id, "name": policy.name, "type": kind, "properties": properties}


@route("GET", V + "/backupPolicies", _RS + "backupPolicies/read", BACKUP_API)
def list_policies(sim: Simulation, call: Call) -> Reply:
    vault = require_vault(sim, call)
    facts = {"backupManagementType": "AzureIaasVM", "workloadType": "VM"}
    chosen = sim.state.policies.under(vault.id) if matches(call.query.get("$filter"), facts) else []
    return Reply(200, {"value": [policy_body(sim, policy) for policy in chosen]})


@route("GET", V + "/backupPolicies/{policy}", _RS + "backupPolicies/read", BACKUP_API)
def get_policy(sim: Simulation, call: Call) -> Reply:
    policy = sim.state.policies.get(f"{require_vault(sim, call).id}/backupPolicies/{call.names['policy']}")
    if policy is None:
        raise Refusal(404, "BMSUserErrorPolicyNotFound", f"The policy '{call.names['policy']}' was not found.")
    return Reply(200, policy_body(sim, policy))


@route("GET", V + "/backupProtectionContainers", _RS + "backupProtectionContainers/read", BACKUP_API)
def list_containers(sim: Simulation, call: Call) -> Reply:
    vault = require_vault(sim, call)
    if not matches(call.query.get("$filter"), {"backupManagementType": "AzureIaasVM", "status": "Registered"}):
        return Reply(200, {"value": []})
    return Reply(200, {"value": [_container(item.id, item.machine, item.machine_name) for item in _items(sim, vault)]})


@route(
    "GET",
    V + "/backupFabrics/{fabric}/protectionContainers/{container}",
    _RS + "backupFabrics/protectionContainers/read",
    BACKUP_API,
)
def get_container(sim: Simulation, call: Call) -> Reply:
    wanted = call.names["container"].lower()
    for body in (_container(i.id, i.machine, i.machine_name) for i in _items(sim, require_vault(sim, call))):
        if body["name"].lower() == wanted:
            return Reply(200, body)
    raise Refusal(404, "BMSUserErrorContainerNotFound", f"The container '{call.names['container']}' was not found.")


def _items(sim: Simulation, vault: Vault) -> list[Item]:
    return sim.state.items.under(vault.id)


def _container(item: str, machine: str, name: str) -> Json:
    container = item.split("/protectedItems/", 1)[0]
    return {
        "id": container,
        "name": container.rsplit("/", 1)[1],
        "type": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers",
        "properties": {
            "virtualMachineId": machine,
            "virtualMachineVersion": "Compute",
            "resourceGroup": ids.group_of(machine),
            "friendlyName": name,
            "backupManagementType": "AzureIaasVM",
            "registrationStatus": "Registered",
            "healthStatus": "Healthy",
            "containerType": "Microsoft.Compute/virtualMachines",
            "protectableObjectType": "Microsoft.Compute/virtualMachines",
        },
    }


@route("GET", V + "/backupResourceGuardProxies", _RS + "backupResourceGuardProxies/read", BACKUP_API)
def list_guards(sim: Simulation, call: Call) -> Reply:
    vault = require_vault(sim, call)
    if vault.resource_guard is None:
        return Reply(200, {"value": []})
    name = "VaultProxy"
    body = {
        "id": f"{vault.id}/backupResourceGuardProxies/{name}",
        "name": name,
        "type": _RS + "backupResourceGuardProxies",
        "properties": {"resourceGuardResourceId": vault.resource_guard, "resourceGuardOperationDetails": []},
    }
    return Reply(200, {"value": [body]})


@route(
    "POST",
    "/subscriptions/{sub}/providers/Microsoft.RecoveryServices/locations/{location}/backupStatus",
    "Microsoft.RecoveryServices/locations/backupStatus/action",
    BACKUP_API,
)
def backup_status(sim: Simulation, call: Call) -> Reply:
    """Which vault protects a machine (recorded C12); the names are in lower case here."""
    machine = str(call.body.get("resourceId", ""))
    name = ids.container_name(ids.group_of(machine), machine.rsplit("/", 1)[-1])
    body: Json = {
        "protectionStatus": "NotProtected",
        "fabricName": "Azure",
        "containerName": f"iaasvmcontainer;{name}",
        "protectedItemName": f"vm;{name}",
        "protectedItemsCount": 0,
        "objectType": "BackupStatusResponse",
    }
    item = next((i for i in sim.state.items if i.machine.lower() == machine.lower()), None)
    if item:
        body |= {"protectionStatus": "Protected", "vaultId": item.vault, "policyName": item.policy}
    return Reply(200, body)
