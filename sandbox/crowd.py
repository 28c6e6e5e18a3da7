"""Other machines of the vault that were backed up in the same minutes: only their jobs are there."""

from datetime import timedelta
from typing import Any

from sandbox import ids
from sandbox.backup.problems import problem
from sandbox.backup.run import SNAPSHOT, SNAPSHOT_TASK, TRANSFER_TASK
from sandbox.model import Item, Job, Task
from sandbox.simulation import Simulation

KEYS = {"jobs", "failed", "code"}
"""Keys of a machine's `crowd`: how many jobs, how many of them failed, and with which code."""


def build_crowd(sim: Simulation, item: Item, declared: dict[str, Any]) -> None:
    """Jobs a minute apart from 02:00 on, the failed ones first."""
    crowd = declared.get("crowd", {})
    for number in range(crowd.get("jobs", 0)):
        code = crowd["code"] if number < crowd.get("failed", 0) else ""
        sim.state.jobs.put(_job(sim, item, number, code))


def _job(sim: Simulation, item: Item, number: int, code: str) -> Job:
    name = f"crowd-{number + 1:02}"
    at = sim.now.replace(hour=2, minute=0, second=0, microsecond=0) + timedelta(minutes=number % 25)
    transfer = Task(TRANSFER_TASK, "Failed" if code else "Completed", at + SNAPSHOT, at + SNAPSHOT)
    return Job(
        name=ids.guid(item.id, "crowd", number),
        vault=item.vault,
        item=ids.item_id(item.vault, "rg-crowd", name),
        machine_name=name,
        container=ids.container_name("rg-crowd", name),
        operation="Backup",
        status="CompletedWithWarnings" if code else "Completed",
        start=at,
        listed_at=at,
        expiry=at + timedelta(days=30),
        end=at + timedelta(minutes=20),
        problem=problem(code) if code else None,
        tasks=(Task(SNAPSHOT_TASK, "Completed", at, at + SNAPSHOT), transfer),
        activity=ids.guid(item.id, "crowd activity", number),
    )
