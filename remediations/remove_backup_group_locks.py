"""Lifts the locks that stop Azure Backup from deleting old restore points."""

from datetime import timedelta

from gateway.arm import ids
from gateway.arm.model import Lock
from remediations.contract import (
    Done,
    NeedsApproval,
    NeedsPerson,
    NothingToDo,
    Result,
    Risk,
    Scene,
    TryLater,
    remediation,
)
from remediations.fence import outside_lock

PROPAGATION_S = 90.0
"""How long a deleted lock may still bind elsewhere (azure-facts 0.6: late; no figure on record)."""

SECOND_LIFT_DAYS = 14.0

PUT_BACK_AFTER = timedelta(minutes=10)
"""A lock that is on the list so long after its deletion was written anew, by a policy or a pipeline."""

WRITE_BACK = "Microsoft.Authorization/locks/write"


async def touched(at: Scene) -> tuple[str, ...]:
    """The locks on the restore point group and below it, with their levels."""
    group = await at.facts.restore_point_group()
    locks = await at.facts.locks_reaching_group() if group else ()
    return tuple(f"{ids.key(k.id)} ({k.level})" for k in locks if group and not outside_lock(k, group.id))


@remediation(
    risk=Risk.GOVERNANCE,
    preview=touched,
    permissions=[
        "Microsoft.Authorization/locks/read",
        "Microsoft.Authorization/locks/delete",
        "Microsoft.Authorization/locks/write",
        "Microsoft.Authorization/permissions/read",
        "Microsoft.Authorization/denyAssignments/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/restorePointCollections/read",
        "Microsoft.Compute/restorePointCollections/restorePoints/read",
        "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
    ],
)
async def remove_backup_group_locks(at: Scene) -> Result:
    """Lift the locks on the item's restore point group, each under a lease that returns it."""
    if at.memo.get("group") and not await at.facts.locks_reaching(at.memo["group"]):
        return await _joined(at, at.memo["group"])
    group = await at.facts.restore_point_group()
    if group is None:
        return NothingToDo("the item has no restore point group")
    locks = await at.facts.locks_reaching_group()
    above = [lock for lock in locks if outside_lock(lock, group.id)]
    if above:
        return NeedsPerson(
            f"The lock {above[0].name} on {above[0].scope} is inherited; lifting it is its owner's choice."
        )
    if not locks:
        return await _joined(at, group.id)
    locks = tuple([now for lock in locks if (now := await at.facts.lock_now(lock))])
    for lock in locks:
        before = await at.changes.attempt("lock.delete", lock.id)
        if before is not None and at.since <= before.begun < at.now - PUT_BACK_AFTER:
            return NeedsPerson(
                f"The lock {lock.name} came back after it was lifted: something keeps writing it. Find what."
            )
    if refused := await _not_by_itself(at, group.id, locks):
        return refused
    for lock in locks:
        if not await at.leases.take(lock, group.id):
            return TryLater(60, at.memo, f"the lock {lock.name} is just being returned by another case")
    for lock in locks:
        await at.changes.delete_lock(lock)
    memo = {**at.memo, "group": group.id}
    return TryLater(PROPAGATION_S, memo, "the deletion of a lock takes a while to be seen everywhere")


async def _not_by_itself(at: Scene, group_id: str, locks: tuple[Lock, ...]) -> Result | None:
    """What speaks against lifting: we could not write the locks back, or we lifted one here not long ago."""
    if missing := await _cannot_write_back(at, group_id):
        return NeedsPerson(missing)
    lifted, days = await at.leases.last_lift(group_id), float(at.params.get("second_lift_days", SECOND_LIFT_DAYS))
    if lifted is None or at.now - lifted > timedelta(days=days) or at.params.get("second_lift") == "agreed":
        return None
    return NeedsApproval(
        f"A lock of {ids.group(group_id)} was lifted on {lifted:%Y-%m-%d} already, and returned; lifting it again within "
        f"{days:g} days treats the same wound twice: keep the group out of the lock instead, or agree to this once more.",
        {"second_lift": "agreed"},
        await touched(at),
    )


async def _cannot_write_back(at: Scene, group_id: str) -> str:
    """Why the locks could not be returned, "" where the right to do so is seen: asked before, and nothing is written for it."""
    if not (await at.facts.permissions(group_id)).allows(WRITE_BACK):
        return (
            f"The engine's identity may not write locks on {ids.group(group_id)}, so it lifts none there: it could not return it. "
            f"Grant it {WRITE_BACK} at this group, or lift the lock by hand."
        )
    denied = [d for d in await at.facts.deny_assignments_reaching_group() if d.denies(WRITE_BACK)]
    if denied:
        return f"The deny assignment {denied[0].name} forbids writing locks on {ids.group(group_id)}, so none is lifted there."
    return ""


async def _joined(at: Scene, group_id: str) -> Result:
    """No lock is left: share the leases of those that were lifted, so that none comes back too soon."""
    shared = await at.leases.join(group_id)
    if shared is None:
        return TryLater(60, at.memo, "a lock of this group is just being returned by another case")
    if shared:
        return Done(f"lifted from {ids.group(group_id)}: {', '.join(sorted(lock.name for lock in shared))}")
    return NothingToDo("the restore point group carries no lock")
