"""Lifts the locks that stop Azure Backup from deleting old restore points."""

from datetime import timedelta

from gateway.arm import ids
from remediations.contract import Done, NeedsPerson, NothingToDo, Result, Risk, Scene, TryLater, remediation
from remediations.fence import outside_lock

PROPAGATION_S = 90.0
"""How long a deleted lock may still bind elsewhere (azure-facts 0.6: late; no figure on record)."""

PUT_BACK_AFTER = timedelta(minutes=10)
"""A lock that is on the list so long after its deletion was written anew, by a policy or a pipeline."""


@remediation(
    risk=Risk.GOVERNANCE,
    permissions=[
        "Microsoft.Authorization/locks/read",
        "Microsoft.Authorization/locks/delete",
        "Microsoft.Authorization/locks/write",
        "Microsoft.Compute/restorePointCollections/read",
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
    for lock in locks:
        if not await at.leases.take(lock, group.id):
            return TryLater(60, at.memo, f"the lock {lock.name} is just being returned by another case")
    for lock in locks:
        await at.changes.delete_lock(lock)
    memo = {**at.memo, "group": group.id}
    return TryLater(PROPAGATION_S, memo, "the deletion of a lock takes a while to be seen everywhere")


async def _joined(at: Scene, group_id: str) -> Result:
    """No lock is left: share the leases of those that were lifted, so that none comes back too soon."""
    shared = await at.leases.join(group_id)
    if shared is None:
        return TryLater(60, at.memo, "a lock of this group is just being returned by another case")
    if shared:
        return Done(f"lifted from {ids.group(group_id)}: {', '.join(sorted(lock.name for lock in shared))}")
    return NothingToDo("the restore point group carries no lock")
