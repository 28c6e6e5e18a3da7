"""Triggering a restore: accepted as recorded (C04, C05); its job runs, no disk is made."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.arm.backups import BACKUP_API, require_item, require_point
from sandbox.arm.operations import accepted_by_backup, start_operation
from sandbox.arm.routes import PI, route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.backup.run import LIST_DELAY
from sandbox.model import Item, Job, RecoveryPoint, Task
from sandbox.simulation import Simulation, on
from sandbox.times import us_time

_RESTORE = timedelta(minutes=35, seconds=37, microseconds=745945)  # recorded C04: 127 GB as disks
_KINDS = {"RestoreDisks": "Recover disks", "OriginalLocation": "Replace disks", "AlternateLocation": "Recover VM"}
_ACTION = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/"


@route("POST", PI + "/recoveryPoints/{point}/restore", _ACTION + "restore/action", BACKUP_API, changes="write")
def restore(sim: Simulation, call: Call) -> Reply:
    item, point = require_item(sim, call), require_point(sim, call)
    properties = call.body.get("properties") or {}
    if properties.get("objectType") != "IaasVMRestoreRequest" or properties.get("recoveryType") not in _KINDS:
        raise Refusal(400, "BMSUserErrorInvalidInput", "Input provided for the call is invalid.")
    job = _start(sim, item, point, properties)
    operation = start_operation(sim, "backup", None, end=sim.now, status="Succeeded", job=job.name)
    sim.record("restore.trigger", point.id)
    return accepted_by_backup(sim, call, operation, item.id)


def _start(sim: Simulation, item: Item, point: RecoveryPoint, properties: Json) -> Job:
    kind = str(properties["recoveryType"])
    bag = {
        "Job Type": _KINDS[kind],
        "Target VM Name": str(properties.get("targetVirtualMachineId", "vmName")).rsplit("/", 1)[-1],
        "Target Storage Account Name": str(properties.get("storageAccountId", "")).rsplit("/", 1)[-1],
        "Recovery point time ": us_time(point.time),
    }
    job = Job(
        name=sim.guid("job"),
        vault=item.vault,
        item=item.id,
        machine_name=item.machine_name,
        container=item.container,
        operation="Restore",
        status="InProgress",
        start=sim.now,
        listed_at=sim.now + LIST_DELAY,
        expiry=sim.now,
        tasks=(Task("Transfer data from vault", "InProgress", sim.now),),
        activity=sim.guid("activity"),
        bag=bag,
    )
    sim.after(_RESTORE, "restore.done", job=job.name, vault=job.vault)
    return sim.state.jobs.put(job)


@on("restore.done")
def finish(sim: Simulation, args: dict[str, Any]) -> None:
    job = sim.state.jobs.require(f"{args['vault']}/{args['job']}")
    tasks = tuple(replace(task, status="Completed", end=sim.now) for task in job.tasks)
    sim.state.jobs.put(replace(job, status="Completed", end=sim.now, tasks=tasks))
