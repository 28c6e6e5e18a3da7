"""Deletes what Azure Backup left behind: single restore points; the whole collection only by a person's decision."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from gateway.arm import ids
from gateway.arm.model import Collection, RecoveryPoint, RestorePoint
from remediations.backups.restore_point_matching import deletable, without_copy
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
from remediations.refusals import disk_access_advice

LOOK_AGAIN_S = 60.0
BATCH = 5
"""Points deleted between two looks, after the first one alone has been seen to go."""


WHOLE_TRIES = 5
"""Deletions of a whole collection; with many points the first two or three time out (coverage C3)."""
TRIES = 3
"""Deletions of one point: the guidance says that they succeed after two or three (coverage C3)."""


async def touched(at: Scene) -> tuple[str, ...]:
    """The points that may go now; with an approval of the whole collection, the collection and the points agreed to."""
    collection = await at.facts.own_collection()
    if collection is None:
        return ()
    if _agreed(at, collection):
        agreed = set(at.params.get("points") or ())
        return _whole(collection, [p for p in collection.points or () if _called(p) in agreed])
    points = deletable(collection.points or (), await at.facts.recovery_points(), await _retention(at), at.now)
    return tuple(ids.key(point.id) for point in points)


def _whole(collection: Collection, points: Iterable[RestorePoint]) -> tuple[str, ...]:
    return (ids.key(collection.id), *(ids.key(point.id) for point in points))


def _called(point: RestorePoint) -> str:
    """Its name and its instant: the name alone fits a point taken twelve hours later too (azure-facts, C)."""
    return f"{point.name} of {f'{point.created:%Y-%m-%d %H:%M:%S} UTC' if point.created else 'an unknown time'}"


def _agreed(at: Scene, collection: Collection) -> bool:
    """Whether a person agreed that this whole collection goes."""
    return bool(at.params.get("whole_collection")) and ids.same(at.params["whole_collection"], collection.id)


@remediation(
    risk=Risk.DATA,
    preview=touched,
    permissions=[
        "Microsoft.Compute/restorePointCollections/read",
        "Microsoft.Compute/restorePointCollections/restorePoints/read",
        "Microsoft.Compute/restorePointCollections/restorePoints/delete",
        "Microsoft.Compute/restorePointCollections/delete",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/Vaults/read",
        "Microsoft.RecoveryServices/Vaults/backupJobs/read",
        "Microsoft.RecoveryServices/Vaults/backupPolicies/read",
        "Microsoft.Compute/virtualMachines/read",
    ],
)
async def delete_restore_point_collection(at: Scene) -> Result:
    """Delete the item's overdue restore points that have a valid copy in the vault, oldest first."""
    if blocked := await _active(at):
        return TryLater(900, at.memo, blocked)
    collection = await at.facts.own_collection()
    if collection is None or not collection.points:
        asked = at.memo.get("asked") or at.memo.get("whole")
        return Done("no restore points are left") if asked else NothingToDo("the item has no restore points")
    if going := [p.name for p in collection.points if p.state == "Deleting"]:
        return TryLater(LOOK_AGAIN_S, at.memo, f"still being deleted: {', '.join(going)}")
    if _agreed(at, collection):
        return await _delete_whole(at, collection)
    chosen = deletable(collection.points, await at.facts.recovery_points(), await _retention(at), at.now)
    if stayed := [p for p in chosen if p.name in at.memo.get("asked", ())]:
        return await _ask_again(at, stayed, len(chosen) - len(stayed))
    done = int(at.memo.get("deleted") or 0) + len(at.memo.get("asked", ()))
    if chosen:
        return await _delete(at, chosen[: BATCH if done else 1], done)
    if done:
        return Done(f"{done} overdue restore points deleted, {len(collection.points)} left")
    return await _nothing_deletable(at, collection)


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


async def _ask_again(at: Scene, stayed: list[RestorePoint], untried: int) -> Result:
    """A deletion that was accepted and failed: the same points again, a few times, and no others meanwhile."""
    tries = int(at.memo.get("tries") or 1)
    named = ", ".join(p.name for p in stayed)
    if tries >= TRIES:
        more = f" {untried} more overdue point(s) were not tried." if untried else ""
        commands = "; ".join(f"`{_command(p)}`" for p in stayed)
        return NeedsPerson(
            f"The deletion of {named} was accepted {TRIES} times and is not done: still there. The usual reason: "
            f"{disk_access_advice()} {commands}.{more}"
        )
    for point in stayed:
        await at.changes.delete_restore_point(point)
    return TryLater(LOOK_AGAIN_S * tries, {**at.memo, "tries": tries + 1}, f"still there, asked again: {named}")


def _command(point: RestorePoint) -> str:
    group, collection = ids.group(point.id), ids.name(point.id.rpartition("/restorePoints/")[0])
    where = f"-g {group} --collection-name {collection} -n {point.name} --subscription {ids.subscription(point.id)}"
    return f"az restore-point delete {where} --yes"


async def _delete_whole(at: Scene, collection: Collection) -> Result:
    """The collection with exactly the points that were agreed to; one that was not named stays, and all with it.

    So does everything where the newest copy, which the person knew to be in the vault, is there no more.
    """
    agreed = set(at.params.get("points") or ())
    if unnamed := [told for p in collection.points or () if (told := _called(p)) not in agreed]:
        return await _ask_for_whole(
            at, collection, f"these points were not named when it was agreed to: {', '.join(unnamed)}; "
        )
    tries, kept = int(at.memo.get("whole") or 0), str(at.params.get("newest_copy") or "")
    if collection.state == "Deleting":
        return TryLater(LOOK_AGAIN_S, {"whole": max(tries, 1)}, f"{collection.name} is being deleted")
    if kept and kept not in [copy.name for copy in await _copies(at)]:
        return await _ask_for_whole(at, collection, f"the copy {kept} in the vault, which was to stay, is gone; ")
    if tries >= WHOLE_TRIES:
        return NeedsPerson(
            f"The deletion of {collection.name} was accepted {tries} times and it is still there. The usual reason: {disk_access_advice()}"
        )
    await at.changes.delete_collection(collection)
    return TryLater(LOOK_AGAIN_S * (tries + 1), {"whole": tries + 1}, f"deleting the collection {collection.name}")


async def _nothing_deletable(at: Scene, collection: Collection) -> Result:
    points = collection.points or ()
    if len(points) < STANDARD_POINT_LIMIT:
        return NotApplicable(
            f"the collection {collection.name} holds {len(points)} points, none of them overdue with a vault copy"
        )
    return await _ask_for_whole(
        at, collection, f"none of its {len(points)} points is both past its retention and safe in the vault; "
    )


async def _ask_for_whole(at: Scene, collection: Collection, why: str) -> NeedsApproval:
    """Names every point that would go, the newest too: a person decides about data."""
    points, copies = collection.points or (), await _copies(at)
    names = [_called(point) for point in points]
    newest = max(copies, key=lambda copy: copy.time).name if copies else ""
    return NeedsApproval(
        f"delete the whole collection {collection.name}: {why}{await _what_is_lost(at, points)}; points that would go: "
        f"{', '.join(names)}; {await _what_stays(at)}",
        {"whole_collection": collection.id, "points": names, "newest_copy": newest},
        _whole(collection, points),
        f"Delete the whole restore point collection {collection.name}, with all its points.",
        f"Nothing was deleted. {(await at.facts.machine()).name} cannot be backed up while {collection.name} holds its "
        f"{len(points)} points; {await _what_is_lost(at, points)}. Restore the disks of what you need first, and find out from "
        "the vault's jobs why snapshots were not transferred; only then delete the collection.",
    )


async def _what_is_lost(at: Scene, points: Sequence[RestorePoint]) -> str:
    """Said first: which of the points have no copy anywhere else."""
    alone = without_copy(points, await at.facts.recovery_points())
    if not alone:
        return "each of them has a copy in the vault"
    return (
        f"{len(alone)} of {len(points)} have no copy in the vault that is known for certain and would be lost for good"
    )


async def _what_stays(at: Scene) -> str:
    """What the machine can still be restored from once all its snapshots are gone."""
    vault, copies = await at.facts.vault(), await _copies(at)
    newest = f", the newest of {max(p.time for p in copies):%Y-%m-%d %H:%M} UTC" if copies else ""
    kept = f" (immutability {vault.immutability})" if vault.immutability else ""
    return f"what stays: {len(copies)} copies in the vault {vault.name}{kept}{newest}"


async def _copies(at: Scene) -> list[RecoveryPoint]:
    """The recovery points that are whole in the vault."""
    return [point for point in await at.facts.recovery_points() if point.vaulted]
