"""Azure Backup's own clean-up of instant restore points past their snapshot retention."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.backup.needs import policy_of
from sandbox.denials import clean_up_denied
from sandbox.locking import blocking_locks
from sandbox.model import Item, RecoveryPoint
from sandbox.simulation import Simulation, on

# ASSUMED: clean-up follows 2 h after a backup attempt has ended, failed or not; the docs say "within hours".
DELAY = timedelta(hours=2)


def plan_cleanup(sim: Simulation, item: Item) -> None:
    sim.after(DELAY, "backup.cleanup", item=item.id)


@on("backup.cleanup")
def clean_up(sim: Simulation, args: dict[str, Any]) -> None:
    """Delete what is past retention and in the vault; a lock in force, a denial or a stuck service leaves all."""
    item = sim.state.items.require(args["item"])
    _notice_missing_snapshots(sim, item)
    if item.cleanup_stuck or clean_up_denied(sim.state, item):
        return
    if blocking_locks(sim.state, item.collection, "delete", sim.now):
        return
    for point in expired(sim, item):
        if _in_use(sim, point):
            continue
        if point.restore_point:
            sim.state.restore_points.remove(point.restore_point)
        # ASSUMED: the tier of a cleaned-up snapshot is listed as Deleted; recordings show only Valid ones.
        sim.state.points.put(replace(point, instant="Deleted"))


def expired(sim: Simulation, item: Item) -> list[RecoveryPoint]:
    """Snapshots past retention that have a vault copy; the newest snapshot always stays."""
    snapshots = sorted((p for p in sim.state.points.under(item.id) if p.instant == "Valid"), key=lambda p: p.time)
    edge = sim.now - timedelta(days=policy_of(sim, item).snapshot_days)
    return [p for p in snapshots[:-1] if p.time < edge and p.hardened == "Valid"]


def _in_use(sim: Simulation, point: RecoveryPoint) -> bool:
    # ASSUMED: the service too cannot delete a restore point with an active shared access signature.
    found = sim.state.restore_points.get(point.restore_point) if point.restore_point else None
    return bool(found and found.in_use)


def _notice_missing_snapshots(sim: Simulation, item: Item) -> None:
    """The vault learns only here that somebody else deleted a restore point."""
    # ASSUMED: until the next clean-up the vault goes on listing the tier of a deleted restore point as Valid.
    for point in sim.state.points.under(item.id):
        if point.instant == "Valid" and point.restore_point and not sim.state.restore_points.get(point.restore_point):
            sim.state.points.put(replace(point, instant="Deleted"))
