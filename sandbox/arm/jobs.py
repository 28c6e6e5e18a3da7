"""Backup jobs: list, get, cancel."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.arm.backups import BACKUP_API, require_vault
from sandbox.arm.filters import matches
from sandbox.arm.operations import accepted_by_backup, start_operation
from sandbox.arm.routes import V, route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.backup.run import cancel, is_taking_snapshot
from sandbox.model import Job, Problem, Task
from sandbox.simulation import Simulation, on
from sandbox.times import NEVER, backup_time, duration, us_time

_READ = "Microsoft.RecoveryServices/vaults/backupJobs/read"


def error_body(problem: Problem) -> Json:
    body: Json = {} if problem.code is None else {"errorCode": problem.code}
    if problem.title:
        body["errorTitle"] = problem.title
    return {**body, "errorString": problem.text, "recommendations": list(problem.recommendations)}


def job_body(sim: Simulation, job: Job, extended: bool) -> Json:
    properties: Json = {
        "jobType": "AzureIaaSVMJob",
        "actionsInfo": ["Cancellable"],
        "containerName": job.container,
        "duration": duration((job.end or sim.now) - job.start),
        "virtualMachineVersion": "Compute",
        "entityFriendlyName": job.machine_name,
        "backupManagementType": "AzureIaasVM",
        "operation": job.operation,
        "status": job.status,
        "startTime": backup_time(job.start),
        "activityId": job.activity,
    }
    if job.end:
        properties["endTime"] = backup_time(job.end)
    if job.problem:
        properties["errorDetails"] = [error_body(job.problem)]
    if extended:
        properties["extendedInfo"] = _extended(sim, job)
    name = f"{job.vault}/backupJobs/{job.name}"
    kind = "Microsoft.RecoveryServices/vaults/backupJobs"
    return {"id": name, "name": job.name, "type": kind, "properties": properties}


def _extended(sim: Simulation, job: Job) -> Json:
    if job.bag is not None:
        return {
            "tasksList": [_restore_task(task) for task in job.tasks],
            "propertyBag": job.bag,
            "internalPropertyBag": {"restoreLocationType": job.bag.get("restoreLocationType", "RestoreDisks")},
            "progressPercentage": 100.0 if job.end else 1.0,
        }
    bag = {"VM Name": job.machine_name, "Recovery Point Expiry Time in UTC": us_time(job.expiry)}
    if job.end:
        bag["Backup Size"] = f"{job.size_mb} MB"
    return {
        "tasksList": [_task(sim, task) for task in job.tasks],
        "propertyBag": bag,
        "internalPropertyBag": {"IsInstantRpJob": "True"},
    }


def _task(sim: Simulation, task: Task) -> Json:
    span = (task.end or sim.now) - task.start if task.start and task.status != "NotStarted" else timedelta(0)
    return {
        "taskId": task.name,
        "startTime": backup_time(task.start) if task.start else NEVER,
        "endTime": backup_time(task.end) if task.end else NEVER,
        "duration": duration(span),
        "status": task.status,
        "taskType": "Normal",
    }


def _restore_task(task: Task) -> Json:
    return {"taskId": task.name, "duration": "PT0S", "status": task.status, "taskType": "Normal"}


def require_job(sim: Simulation, call: Call) -> Job:
    vault = require_vault(sim, call)
    job = sim.state.jobs.get(f"{vault.id}/{call.names['job']}")
    if job is None:
        raise Refusal(404, "JobNotFound", f"The job '{call.names['job']}' was not found.")
    return job


@route("GET", V + "/backupJobs", _READ, BACKUP_API)
def list_jobs(sim: Simulation, call: Call) -> Reply:
    """Newest first and without extendedInfo (recorded B10); a new job shows late."""
    vault = require_vault(sim, call)

    def facts(job: Job) -> dict[str, str]:
        return {
            "status": job.status,
            "operation": job.operation,
            "jobId": job.name,
            "backupManagementType": "AzureIaasVM",
        }

    def chosen(job: Job) -> bool:
        here = job.vault == vault.id and job.listed_at <= sim.now
        return here and matches(call.query.get("$filter"), facts(job), job.start)

    jobs = sorted((job for job in sim.state.jobs if chosen(job)), key=lambda j: j.start, reverse=True)
    return Reply(200, {"value": [job_body(sim, job, extended=False) for job in jobs]})


@route("GET", V + "/backupJobs/{job}", _READ, BACKUP_API)
def get_job(sim: Simulation, call: Call) -> Reply:
    return Reply(200, job_body(sim, require_job(sim, call), extended=True))


@route(
    "POST",
    V + "/backupJobs/{job}/cancel",
    "Microsoft.RecoveryServices/vaults/backupJobs/cancel/action",
    BACKUP_API,
    changes="write",
)
def cancel_job(sim: Simulation, call: Call) -> Reply:
    """202 while the snapshot is being taken; a transfer cannot be cancelled (docs)."""
    job = require_job(sim, call)
    if job.status in ("Cancelling", "Cancelled") or not is_taking_snapshot(job):
        text = "The job is not in progress or does not support cancellation."
        raise Refusal(400, "BMSUserErrorJobNotCancellable", text)
    sim.state.jobs.put(replace(job, status="Cancelling"))
    effect = {"kind": "job.cancelled", "args": {"job": job.name, "vault": job.vault}}
    operation = start_operation(sim, "backup", timedelta(seconds=20), effect=effect)
    sim.record("job.cancel", f"{job.vault}/backupJobs/{job.name}")
    return accepted_by_backup(sim, call, operation, f"{job.vault}/backupJobs/{job.name}")


@on("job.cancelled")
def finish_cancel(sim: Simulation, args: dict[str, Any]) -> None:
    job = sim.state.jobs.require(f"{args['vault']}/{args['job']}")
    if job.end is None and job.status == "Cancelling":
        cancel(sim, job)
