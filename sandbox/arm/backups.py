"""Protected items, their recovery points, and the on-demand backup."""

from datetime import datetime

from sandbox import ids
from sandbox.arm.filters import matches
from sandbox.arm.operations import accepted_by_backup, start_operation
from sandbox.arm.resource_guard import check_guard
from sandbox.arm.routes import PI, V, route
from sandbox.arm.wire import Call, Json, Refusal, Reply, not_found
from sandbox.backup.run import start_backup
from sandbox.model import Item, Problem, RecoveryPoint, Vault
from sandbox.simulation import Simulation
from sandbox.times import NO_BACKUP_YET, backup_time, parse, time_span

BACKUP_API = "2023-01-01"
_ACTIONS = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
# Support matrix: three on-demand backups a day are supported, the ninth attempt of a UTC day is the last.
ATTEMPTS_PER_DAY = 9
_GREEN = Problem("IaasVmHealthGreenDefault", "Backup pre-check status of this virtual machine is OK.", code=400239)


def require_vault(sim: Simulation, call: Call) -> Vault:
    vault = sim.state.vaults.get(ids.vault_id(call.names["sub"], call.names["rg"], call.names["vault"]))
    if vault is None:
        raise not_found(f"/providers/Microsoft.RecoveryServices/vaults/{call.names['vault']}", call.names["rg"])
    return vault


def require_item(sim: Simulation, call: Call) -> Item:
    """Item names come in two and three parts (VM;rg;vm and VM;iaasvmcontainerv2;rg;vm); both work."""
    vault = require_vault(sim, call)
    group, _, name = call.names["item"].rpartition(";")
    item = sim.state.items.get(ids.item_id(vault.id, group.rpartition(";")[2], name))
    if item is None:
        text = f"The protected item '{call.names['item']}' was not found in vault '{vault.name}'."
        raise Refusal(404, "BMSUserErrorProtectedItemNotFound", text)
    return item


def problem_body(problem: Problem) -> Json:
    body: Json = {"title": problem.title, "message": problem.text, "recommendations": list(problem.recommendations)}
    return {"code": problem.code, **body} if problem.code else body


def _health(item: Item) -> Json:
    if item.problem is None:
        return {"protectionStatus": "Healthy", "healthStatus": "Passed", "healthDetails": [problem_body(_GREEN)]}
    details = [problem_body(item.problem)]
    kpi = {"resourceHealthStatus": "TransientDegraded", "resourceHealthDetails": details}
    return {
        "kpisHealths": {"BackupOperationStatusKPI": kpi},
        "protectionStatus": "Unhealthy",
        "healthStatus": "ActionSuggested",
        "healthDetails": details,
    }


def _deferred(until: datetime, now: datetime) -> Json:
    """What a soft-deleted item says besides."""
    # ASSUMED: the remaining time is printed as .NET prints a time span; the docs call it a string.
    return {
        "isScheduledForDeferredDelete": True,
        "deferredDeleteTimeInUTC": backup_time(until),
        "deferredDeleteTimeRemaining": time_span(until - now),
        "isDeferredDeleteScheduleUpcoming": False,
        "softDeleteRetentionPeriod": 14,
    }


def item_body(item: Item, base_url: str, now: datetime) -> Json:
    properties: Json = {
        "friendlyName": item.machine_name,
        "virtualMachineId": item.machine,
        **_health(item),
        "protectionState": item.protection_state,
        "lastBackupStatus": item.last_status,
        "lastBackupTime": backup_time(item.last_time) if item.last_time else NO_BACKUP_YET,
        "protectedItemDataId": item.data_id,
        "sourceSideScanning": 0,
        "protectedItemType": item.machine.split("/providers/")[1].rsplit("/", 1)[0],
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "containerName": item.container,
        "sourceResourceId": item.machine,
        "policyId": f"{item.vault}/backupPolicies/{item.policy}",
        "policyName": item.policy,
        "vaultId": f"{base_url}{item.vault}",
        "isArchiveEnabled": False,
        "softDeleteRetentionPeriod": 0,
    }
    if item.protection_state == "IRPending":
        del properties["healthDetails"]
    if item.deferred_until:
        properties |= _deferred(item.deferred_until, now)
    if item.last_point:
        properties["lastRecoveryPoint"] = backup_time(item.last_point)
    kind = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
    return {"id": item.id, "name": item.id.rsplit("/", 1)[1], "type": kind, "properties": properties}


@route("GET", PI, f"{_ACTIONS}/read", BACKUP_API)
def get_item(sim: Simulation, call: Call) -> Reply:
    return Reply(200, item_body(require_item(sim, call), call.base_url, sim.now))


@route("GET", V + "/backupProtectedItems", "Microsoft.RecoveryServices/vaults/backupProtectedItems/read", BACKUP_API)
def list_items(sim: Simulation, call: Call) -> Reply:
    vault = require_vault(sim, call)

    def facts(item: Item) -> dict[str, str]:
        return {
            "backupManagementType": "AzureIaasVM",
            "itemType": "VM",
            "policyName": item.policy,
            "friendlyName": item.machine_name,
            "containerName": item.container,
            "healthState": "Passed" if item.problem is None else "ActionSuggested",
        }

    items = [i for i in sim.state.items.under(vault.id) if matches(call.query.get("$filter"), facts(i))]
    return Reply(200, {"value": [item_body(item, call.base_url, sim.now) for item in items]})


def point_body(point: RecoveryPoint) -> Json:
    tiers = [("InstantRP", point.instant), ("HardenedRP", point.hardened)]
    return {
        "id": point.id,
        "name": point.name,
        "type": f"{_ACTIONS}/recoveryPoints",
        "properties": {
            "objectType": "IaasVMRecoveryPoint",
            "recoveryPointType": point.consistency,
            "recoveryPointTime": backup_time(point.time),
            "recoveryPointAdditionalInfo": "",
            "sourceVMStorageType": "PremiumVMOnPartialPremiumStorage",
            "isSourceVMEncrypted": False,
            "isInstantIlrSessionActive": point.file_session,
            "recoveryPointTierDetails": [{"type": kind, "status": status} for kind, status in tiers if status],
            "isManagedVirtualMachine": True,
            "virtualMachineSize": point.size,
            "originalStorageAccountOption": False,
            "osType": point.os,
            "recoveryPointMoveReadinessInfo": {
                "ArchivedRP": {
                    "isReadyForMove": False,
                    "additionalInfo": "We're still determining if this Recovery Point can be moved.. "
                    "Please check again after some time.",
                }
            },
            "securityType": "None",
            "isPrivateAccessEnabledOnAnyDisk": False,
            "createdWithPolicyType": point.policy_version,
            "threatStatus": 0,
        },
    }


@route("GET", PI + "/recoveryPoints", f"{_ACTIONS}/recoveryPoints/read", BACKUP_API)
def list_points(sim: Simulation, call: Call) -> Reply:
    """Newest first; the filter takes startDate and endDate."""
    item = require_item(sim, call)
    points = sorted(sim.state.points.under(item.id), key=lambda p: p.time, reverse=True)
    chosen = [p for p in points if matches(call.query.get("$filter"), {}, p.time)]
    return Reply(200, {"value": [point_body(point) for point in chosen]})


@route("GET", PI + "/recoveryPoints/{point}", f"{_ACTIONS}/recoveryPoints/read", BACKUP_API)
def get_point(sim: Simulation, call: Call) -> Reply:
    return Reply(200, point_body(require_point(sim, call)))


def require_point(sim: Simulation, call: Call) -> RecoveryPoint:
    item = require_item(sim, call)
    point = sim.state.points.get(f"{item.id}/recoveryPoints/{call.names['point']}")
    if point is None:
        raise Refusal(404, "RecoveryPointNotFound", f"The recovery point '{call.names['point']}' was not found.")
    return point


@route("POST", PI + "/backup", f"{_ACTIONS}/backup/action", BACKUP_API, changes="write")
def trigger(sim: Simulation, call: Call) -> Reply:
    """Accept an on-demand backup; what becomes of it shows in its job only (recorded C01)."""
    item = require_item(sim, call)
    properties = call.body.get("properties") or {}
    if properties.get("objectType") != "IaasVMBackupRequest":
        raise Refusal(400, "BMSUserErrorInvalidInput", "Input provided for the call is invalid.")
    check_guard(sim, call, require_vault(sim, call), "backup", f"{_ACTIONS}/backup/action")
    if item.deferred_until:
        # ASSUMED: the code is on public record for writes to a soft-deleted item, its text is not.
        text = "The datasource is in soft deleted state. Undelete it before this operation."
        raise Refusal(400, "BMSUserErrorDataSourceInDeferredDeleteState", text)
    if item.protection_state in ("ProtectionStopped", "ProtectionPaused", "BackupsSuspended"):
        raise Refusal(400, "UserErrorBcmDatasourceNotPresent", "The VM is not actively protected by Azure Backup.")
    _spend_attempt(sim, item)
    expiry = properties.get("recoveryPointExpiryTimeInUTC")
    job = start_backup(sim, item, on_demand=True, expiry=_instant(expiry))
    operation = start_operation(sim, "backup", None, end=sim.now, status="Succeeded", job=job.name)
    sim.record("backup.trigger", item.id)
    return accepted_by_backup(sim, call, operation, item.id)


def _instant(text: str | None) -> datetime | None:
    try:
        return parse(text) if text else None
    except ValueError as wrong:
        raise Refusal(400, "BMSUserErrorInvalidInput", f"'{text}' is not a time.") from wrong


def _spend_attempt(sim: Simulation, item: Item) -> None:
    today = [j for j in sim.state.jobs.under(item.id) if j.on_demand and j.start.date() == sim.now.date()]
    if len(today) >= ATTEMPTS_PER_DAY:
        # ASSUMED: the answer past the ninth on-demand attempt of a UTC day is this code, at the trigger.
        text = "Operation is blocked as you have reached the limit on the number of operations permitted in 24 hours."
        raise Refusal(400, "CloudDosAbsoluteLimitReached", text)
