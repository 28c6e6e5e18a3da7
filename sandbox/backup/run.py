"""The course of one backup: start, snapshot, transfer, end. Each step is an event on the clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.backup.alerts import raise_alert
from sandbox.backup.cleanup import plan_cleanup
from sandbox.backup.health import show_failure, show_success
from sandbox.backup.needs import missing_need, policy_of
from sandbox.backup.points import keep_snapshot, vault_copy, with_snapshot_extension
from sandbox.backup.problems import problem
from sandbox.model import Item, Job, Problem, Task
from sandbox.simulation import Simulation, on

SNAPSHOT = timedelta(minutes=7, seconds=36)  # recorded B08: PT7M35.65S
SNAPSHOT_TIME = timedelta(seconds=3.829608)  # recorded B08 and C03: the point's time is 3.8 s after the job's start
# ASSUMED: a backup whose snapshot cannot be taken fails after 2 minutes (only one failure was recorded, of 10.5).
FAILURE = timedelta(minutes=2, milliseconds=692)
# ASSUMED: a new job shows in the list of jobs after 60 s; GET by its id works at once.
LIST_DELAY = timedelta(seconds=60)
SNAPSHOT_TASK, TRANSFER_TASK = "Take Snapshot", "Transfer data to vault"


def start_backup(sim: Simulation, item: Item, on_demand: bool, expiry: datetime | None = None) -> Job:
    """Start a job for this item now; whether it can work shows only when the snapshot is asked for."""
    days = policy_of(sim, item).daily_retention
    midnight = sim.now.replace(hour=0, minute=0, second=0, microsecond=0)
    job = Job(
        name=sim.guid("job"),
        vault=item.vault,
        item=item.id,
        machine_name=item.machine_name,
        container=item.container,
        operation="Backup",
        status="InProgress",
        start=sim.now,
        listed_at=sim.now + LIST_DELAY,
        expiry=expiry or midnight + timedelta(days=days),
        on_demand=on_demand,
        tasks=(Task(SNAPSHOT_TASK, "InProgress", sim.now + timedelta(seconds=1.131832)), Task(TRANSFER_TASK)),
        activity=sim.guid("activity"),
    )
    sim.after(FAILURE, "backup.snapshot", job=job.name, vault=job.vault)
    return sim.state.jobs.put(job)


def find(sim: Simulation, args: dict[str, Any]) -> tuple[Job, Item]:
    job = sim.state.jobs.require(f"{args['vault']}/{args['job']}")
    return job, sim.state.items.require(job.item)


@on("backup.snapshot")
def ask_for_snapshot(sim: Simulation, args: dict[str, Any]) -> None:
    """Fail with the code of the first missing need, or let the snapshot finish."""
    job, item = find(sim, args)
    missing = missing_need(sim, item, job.name)
    if missing is None and item.next_failures:
        missing = problem(item.next_failures[0])
        item = sim.state.items.put(replace(item, next_failures=item.next_failures[1:]))
    if missing:
        fail(sim, job, item, missing)
        return
    with_snapshot_extension(sim, item)
    sim.schedule(job.start + SNAPSHOT, "backup.snapshot_taken", **args)


@on("backup.snapshot_taken")
def finish_snapshot(sim: Simulation, args: dict[str, Any]) -> None:
    job, item = find(sim, args)
    keep_snapshot(sim, item, job.start + SNAPSHOT_TIME)
    snapshot, transfer = job.tasks
    tasks = (replace(snapshot, status="Completed", end=sim.now), replace(transfer, status="InProgress", start=sim.now))
    sim.state.jobs.put(replace(job, tasks=tasks))
    sim.after(timedelta(minutes=item.transfer_minutes), "backup.transferred", **args)


@on("backup.transferred")
def finish_transfer(sim: Simulation, args: dict[str, Any]) -> None:
    """Snapshot taken and transfer failed is CompletedWithWarnings, not Failed (recorded B04)."""
    job, item = find(sim, args)
    snapshot, transfer = job.tasks
    if item.transfer_failures:
        failed = problem(item.transfer_failures[0])
        item = replace(item, transfer_failures=item.transfer_failures[1:])
        tasks = (snapshot, replace(transfer, status="Failed", end=sim.now))
        # ASSUMED: a job that is CompletedWithWarnings raises no alert; the docs speak of failures only.
        _close(sim, replace(job, tasks=tasks, status="CompletedWithWarnings", problem=failed), item)
        return
    vault_copy(sim, item, job.start + SNAPSHOT_TIME)
    tasks = (snapshot, replace(transfer, status="Completed", end=sim.now))
    _close(sim, replace(job, tasks=tasks, status="Completed", size_mb=11390), item)


def fail(sim: Simulation, job: Job, item: Item, why: Problem) -> None:
    """Close the job as Failed; its tasks stay as they were (recorded B01)."""
    if why.title == "UserErrorRpCollectionDeleted":
        item = replace(item, collection_lost=False)
    _close(sim, replace(job, status="Failed", problem=why), item)
    raise_alert(sim, item.id, job.name)


def _close(sim: Simulation, job: Job, item: Item) -> None:
    done = sim.state.jobs.put(replace(job, end=sim.now))
    sim.state.items.put(show_failure(item, done) if done.problem else show_success(item, done))
    plan_cleanup(sim, item)


def cancel(sim: Simulation, job: Job) -> None:
    """Stop a job that is still taking its snapshot; recorded C02 answers 202 and says no more."""
    for kind in ("backup.snapshot", "backup.snapshot_taken", "backup.transferred"):
        sim.cancel(kind, job=job.name)
    item = sim.state.items.require(job.item)
    why = problem("UserErrorJobSuccessfullyCancelled")
    sim.state.jobs.put(replace(job, status="Cancelled", end=sim.now, problem=why))
    plan_cleanup(sim, item)


def is_taking_snapshot(job: Job) -> bool:
    return job.end is None and job.operation == "Backup" and job.tasks[0].status == "InProgress"
