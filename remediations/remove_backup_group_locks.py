"""Lifts the locks that stop Azure Backup from deleting old restore points."""

from gateway.arm import ids
from remediations.contract import Done, NeedsPerson, NothingToDo, Result, Risk, Scene, TryLater, remediation
from remediations.fence import outside_lock

PROPAGATION_S = 90.0
"""How long a deleted lock may still bind elsewhere (azure-facts 0.6: late; no figure on record)."""


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
    group = await at.facts.restore_point_group()
    if group is None:
        return NothingToDo("the item has no restore point group")
    locks = await at.facts.locks_reaching_group()
    above = [lock for lock in locks if outside_lock(lock, group.id)]
    if above:
        return NeedsPerson(
            f"The lock {above[0].name} on {above[0].scope} is inherited; lifting it is its owner's choice."
        )
    shared = await at.leases.join(group.id)
    if shared is None:
        return TryLater(60, at.memo, "a lock of this group is just being returned by another case")
    if not locks:
        return _lifted(at, [lock.name for lock in shared], group.id)
    locks = tuple([now for lock in locks if (now := await at.facts.lock_now(lock))])
    for lock in locks:
        if not await at.leases.take(lock, group.id):
            return TryLater(60, at.memo, f"the lock {lock.name} is just being returned by another case")
    for lock in locks:
        await at.changes.delete_lock(lock)
    return TryLater(PROPAGATION_S, at.memo, "the deletion of a lock takes a while to be seen everywhere")


def _lifted(at: Scene, shared: list[str], group_id: str) -> Result:
    if shared:
        return Done(f"lifted from {ids.group(group_id)}: {', '.join(sorted(shared))}")
    return NothingToDo("the restore point group carries no lock")
