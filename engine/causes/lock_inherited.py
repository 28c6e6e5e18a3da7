"""A lock above the restore point group."""

from engine.causes.actions import LOCKS, OVERDUE
from engine.causes.again import then_back_up_twice
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.points import overdue
from gateway.arm import ids
from remediations.facts import Facts
from remediations.fence import outside_lock
from remediations.guides.locks import replace_by_narrower


@cause(fixes=[], permissions=[*LOCKS, *OVERDUE])
async def lock_inherited(evidence: Facts) -> Verdict:
    """A lock on the subscription is inherited by the restore point group and stops Azure Backup's clean-up."""
    group = await evidence.restore_point_group()
    if group is None:
        return ruled_out("the item has no restore point group")
    above = [lock for lock in await evidence.locks_reaching_group() if outside_lock(lock, group.id)]
    if not above:
        return ruled_out("no lock above the restore point group reaches it")
    if not await overdue(evidence):
        return ruled_out(
            "a lock above the restore point group reaches it, but no restore point is overdue for clean-up"
        )
    named = "; ".join(f"{lock.name} ({lock.level}) on {lock.scope}" for lock in above)
    return confirmed(
        f"{len(above)} inherited lock(s) reach {ids.group(group.id)}: {named}",
        instructions=(
            f"{', '.join(lock.name for lock in above)} guards more than backups: the engine reports it and never touches it. Its "
            "owner can replace it by locks on the groups that need one. "
            f"{replace_by_narrower(above, group.id)} {then_back_up_twice(evidence)}"
        ),
        affects=group.shared_with,
        shared=" ".join(sorted(lock.id for lock in above)),
    )
