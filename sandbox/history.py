"""What happened before a world starts: recovery points, past jobs, and the failed job of last night."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox import ids
from sandbox.backup.health import show_failure, show_success
from sandbox.backup.points import add_points
from sandbox.backup.problems import CRP_LIMIT, compute_problem, problem
from sandbox.backup.run import SNAPSHOT, SNAPSHOT_TASK, SNAPSHOT_TIME, TRANSFER_TASK
from sandbox.model import Item, Job, Machine, Problem, Task
from sandbox.simulation import Simulation

_TRANSFER = timedelta(minutes=33, seconds=38, microseconds=552648)  # recorded B08
_FAILED_AFTER = timedelta(minutes=10, seconds=32, microseconds=692527)  # recorded B01
_DEFAULT_POINTS, _JOBS_KEPT = 14, 10
_ON_DEMAND_EVERY = timedelta(hours=5)
Declared = dict[str, Any]


def write_history(sim: Simulation, item: Item, machine: Machine, declared: Declared) -> None:
    """Daily points up to the day before the start, their newest jobs, then last night's run."""
    snapshots = declared.get("restore_points", 2)
    days_back = declared.get("recovery_points", max(snapshots, _DEFAULT_POINTS))
    runs = [at for days in range(days_back, 0, -1) for at in _runs_of_a_day(sim, item, days, declared)]
    still_running = declared.get("still_running", False)
    for age, at in zip(range(len(runs) - 1, -1, -1), runs, strict=True):
        instant = "Valid" if age < snapshots else "Deleted"
        missing = (still_running and age == 0) or 0 <= snapshots - 1 - age < declared.get("unvaulted", 0)
        point = add_points(sim, item, machine, at + SNAPSHOT_TIME, None if missing else "Valid", instant)
        if age == 0 and declared.get("file_session"):
            sim.state.points.put(replace(point, file_session=True))
        if age < _JOBS_KEPT:
            done = _running(sim, item, at) if still_running and age == 0 else _completed(sim, item, at)
            item = show_success(item, done) if done.end else item
    _read_disks(sim, item, declared.get("disk_access", 0))
    item = replace(item, last_point=runs[-1] + SNAPSHOT_TIME if runs else None)
    if "failure" in declared:
        item = show_failure(item, _failed(sim, item, declared))
    sim.state.items.put(item)


def _read_disks(sim: Simulation, item: Item, count: int) -> None:
    """Somebody holds an access signature on a disk of each of the `count` oldest restore points."""
    oldest = sorted(sim.state.restore_points.under(item.collection), key=lambda point: point.created)[:count]
    for point in oldest:
        sim.state.restore_points.put(replace(point, in_use=True))


def _run_time(sim: Simulation, item: Item, days_ago: int) -> datetime:
    """02:00 and a few seconds, different for each machine and day, the same in every run of the world."""
    midnight = sim.now.replace(hour=2, minute=0, second=0, microsecond=0)
    offset = int(ids.digits(8, item.id, days_ago)) % 29_000_000 + 1_000_001
    return midnight - timedelta(days=days_ago) + timedelta(microseconds=offset)


def _runs_of_a_day(sim: Simulation, item: Item, days_ago: int, declared: Declared) -> list[datetime]:
    """The scheduled run, and those on demand in the hours after it."""
    at = _run_time(sim, item, days_ago)
    return [at + number * _ON_DEMAND_EVERY for number in range(declared.get("backups_a_day", 1))]


def _job(sim: Simulation, item: Item, at: datetime, status: str, tasks: tuple[Task, Task]) -> Job:
    return Job(
        name=ids.guid(sim.state.world.name, item.id, "job", at),
        vault=item.vault,
        item=item.id,
        machine_name=item.machine_name,
        container=item.container,
        operation="Backup",
        status=status,
        start=at,
        listed_at=at,
        expiry=at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=30),
        tasks=tasks,
        activity=ids.guid(sim.state.world.name, item.id, "activity", at),
    )


def _completed(sim: Simulation, item: Item, at: datetime) -> Job:
    taken, end = at + SNAPSHOT, at + SNAPSHOT + _TRANSFER
    tasks = (Task(SNAPSHOT_TASK, "Completed", at, taken), Task(TRANSFER_TASK, "Completed", taken, end))
    return sim.state.jobs.put(replace(_job(sim, item, at, "Completed", tasks), end=end, size_mb=11390))


def _running(sim: Simulation, item: Item, at: datetime) -> Job:
    """Yesterday's job, still in its transfer; it ends three hours after the world's start."""
    taken = at + SNAPSHOT
    tasks = (Task(SNAPSHOT_TASK, "Completed", at, taken), Task(TRANSFER_TASK, "InProgress", taken))
    job = sim.state.jobs.put(_job(sim, item, at, "InProgress", tasks))
    sim.after(timedelta(hours=3), "backup.transferred", job=job.name, vault=job.vault)
    return job


def failed_problem(declared: Declared) -> Problem:
    """The announced failure's own words, where the world gives them, else the service's."""
    failure = declared["failure"]
    if declared.get("limit_reported_by_compute"):
        return compute_problem(CRP_LIMIT)
    why = problem(failure["code"])
    text, advice = failure.get("text", why.text), tuple(failure.get("recommendations", why.recommendations))
    return replace(why, text=text, recommendations=advice)


def _failed(sim: Simulation, item: Item, declared: Declared) -> Job:
    at = _run_time(sim, item, 0)
    tasks = (Task(SNAPSHOT_TASK, "InProgress", at), Task(TRANSFER_TASK))
    job = _job(sim, item, at, "Failed", tasks)
    return sim.state.jobs.put(replace(job, end=at + _FAILED_AFTER, problem=failed_problem(declared)))
