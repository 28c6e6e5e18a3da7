"""Deletes what Azure Backup left behind: single restore points; the whole collection only by a person's decision."""

from datetime import timedelta

from gateway.arm.model import RestorePoint
from remediations.contract import (
    Done,
    NeedsApproval,
    NeedsPerson,
    NotApplicable,
    NothingToDo,
    Result,
    Risk,
    Scene,
    TryLater,
    remediation,
)
from remediations.facts import STANDARD_POINT_LIMIT, Unknown
from remediations.restore_point_matching import deletable

LOOK_AGAIN_S = 60.0
BATCH = 5
"""Points deleted between two looks, after the first one alone has been seen to go."""


TRIES = 3
"""Deletions of one point: the guidance says that they succeed after two or three (coverage C3)."""


@remediation(
    risk=Risk.DATA,
    permissions=[
        "Microsoft.Compute/restorePointCollections/read",
        "Microsoft.Compute/restorePointCollections/restorePoints/read",
        "Microsoft.Compute/restorePointCollections/restorePoints/delete",
        "Microsoft.RecoveryServices/Vaults/backupPolicies/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
    ],
)
async def delete_restore_point_collection(at: Scene) -> Result:
    """Delete the item's overdue restore points that have a valid copy in the vault, oldest first."""
    if blocked := await _active(at):
        return TryLater(900, at.memo, blocked)
    collection = await at.facts.own_collection()
    if collection is None or not collection.points:
        return NothingToDo("the item has no restore points")
    if going := [p.name for p in collection.points if p.state == "Deleting"]:
        return TryLater(LOOK_AGAIN_S, at.memo, f"still being deleted: {', '.join(going)}")
    chosen = deletable(collection.points, await at.facts.recovery_points(), await _retention(at), at.now)
    if stayed := [p for p in chosen if p.name in at.memo.get("asked", ())]:
        return await _ask_again(at, stayed)
    done = int(at.memo.get("deleted") or 0) + len(at.memo.get("asked", ()))
    if chosen:
        return await _delete(at, chosen[: BATCH if done else 1], done)
    if done:
        return Done(f"{done} overdue restore points deleted, {len(collection.points)} left")
    return _nothing_deletable(collection.name, collection.points)


async def _active(at: Scene) -> str:
    """Why nothing may be deleted now, "" where nothing stands against it."""
    if running := await at.facts.running():
        return f"the {running[0].operation.lower()} job {running[0].name} is running"
    open_sessions = [r.name for r in await at.facts.recovery_points() if r.file_recovery_active]
    return f"a file recovery session is open on {open_sessions[0]}" if open_sessions else ""


async def _retention(at: Scene) -> timedelta:
    """The snapshot retention of the item's policy; Unknown where the policy does not say."""
    policy = await at.facts.policy()
    if policy.snapshot_retention_days is None:
        raise Unknown(f"the policy {policy.name} does not say how long snapshots are kept")
    return timedelta(days=policy.snapshot_retention_days)


async def _delete(at: Scene, batch: list[RestorePoint], done: int) -> Result:
    """One point first; when that was seen to go, the next few."""
    for point in batch:
        await at.changes.delete_restore_point(point)
    memo = {"deleted": done, "asked": [p.name for p in batch]}
    return TryLater(LOOK_AGAIN_S, memo, f"deleting {len(batch)} restore points")


async def _ask_again(at: Scene, stayed: list[RestorePoint]) -> Result:
    """A deletion that was accepted and failed: the same points again, a few times, and no others meanwhile."""
    tries = int(at.memo.get("tries") or 1)
    named = ", ".join(p.name for p in stayed)
    if tries >= TRIES:
        return NeedsPerson(
            f"The deletion of {named} was accepted {TRIES} times and the points are still there. A disk restore point with "
            "an active shared access signature cannot be deleted: end its access, then delete the point by hand."
        )
    for point in stayed:
        await at.changes.delete_restore_point(point)
    return TryLater(LOOK_AGAIN_S * tries, {**at.memo, "tries": tries + 1}, f"still there, asked again: {named}")


def _nothing_deletable(name: str, points: tuple[RestorePoint, ...]) -> Result:
    if len(points) < STANDARD_POINT_LIMIT:
        return NotApplicable(
            f"the collection {name} holds {len(points)} points, none of them overdue with a vault copy"
        )
    return NeedsApproval(
        f"delete the whole collection {name}: none of its {len(points)} points is both past its retention and safe in "
        f"the vault; points that would go: {', '.join(p.name for p in points)}"
    )
