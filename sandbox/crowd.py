"""Other machines of the vault that were backed up in the same minutes: only their jobs are there."""

from datetime import datetime, timedelta
from typing import Any

from sandbox import ids
from sandbox.backup.problems import problem
from sandbox.backup.run import SNAPSHOT, SNAPSHOT_TASK, TRANSFER_TASK
from sandbox.model import Item, Job, Task
from sandbox.simulation import Simulation

KEYS = {"jobs", "failed", "code", "snapshot"}
"""Keys of a machine's `crowd`: how many jobs, how many of them failed, with which code, whether in their snapshot already."""
_SPREAD = {False: 25, True: 3}  # minutes over which they begin


def build_crowd(sim: Simulation, item: Item, declared: dict[str, Any]) -> None:
    """Jobs of the minutes from 02:00 on, the failed ones first."""
    crowd = declared.get("crowd", {})
    for number in range(crowd.get("jobs", 0)):
        code = crowd["code"] if number < crowd.get("failed", 0) else ""
        sim.state.jobs.put(_job(sim, item, number, code, crowd.get("snapshot", False)))


def _job(sim: Simulation, item: Item, number: int, code: str, early: bool) -> Job:
    name = f"crowd-{number + 1:02}"
    at = sim.now.replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(minutes=number % _SPREAD[early])
    return Job(
        name=ids.guid(item.id, "crowd", number),
        vault=item.vault,
        item=ids.item_id(item.vault, "rg-crowd", name),
        machine_name=name,
        container=ids.container_name("rg-crowd", name),
        operation="Backup",
        status=("Failed" if early else "CompletedWithWarnings") if code else "Completed",
        start=at,
        listed_at=at,
        expiry=at + timedelta(days=30),
        end=at + timedelta(minutes=20),
        problem=problem(code) if code else None,
        tasks=_tasks(at, bool(code), early),
        activity=ids.guid(item.id, "crowd activity", number),
    )


def _tasks(at: datetime, failed: bool, early: bool) -> tuple[Task, Task]:
    """The snapshot and the transfer; one that fails early never transfers."""
    taken = at + SNAPSHOT
    if failed and early:
        return Task(SNAPSHOT_TASK, "Failed", at, taken), Task(TRANSFER_TASK)
    return Task(SNAPSHOT_TASK, "Completed", at, taken), Task(
        TRANSFER_TASK, "Failed" if failed else "Completed", taken, taken
    )
