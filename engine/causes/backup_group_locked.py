"""A lock on the restore point group itself."""

from engine.causes.actions import LOCKS, OVERDUE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.points import overdue
from gateway.arm import ids
from remediations.facts import Facts


@cause(
    fixes=[
        step("remove_backup_group_locks"),
        step("trigger_backup", first_failure="expected"),
        step("delete_restore_point_collection"),
        step("trigger_backup"),
    ],
    permissions=[*LOCKS, *OVERDUE],
)
async def backup_group_locked(evidence: Facts) -> Verdict:
    """A lock on the restore point group stops Azure Backup from deleting old restore points."""
    group = await evidence.restore_point_group()
    if group is None:
        return ruled_out("the item has no restore point group")
    locks = [lock for lock in await evidence.locks_reaching_group() if ids.within(lock.scope, group.id)]
    lifted = await evidence.locks_lifted()
    if not locks and not lifted:
        return ruled_out(f"no lock sits on {ids.group(group.id)} or below it")
    late = await overdue(evidence)
    if not late:
        return ruled_out(f"{ids.group(group.id)} is locked, but no restore point is overdue for clean-up")
    named = ", ".join(f"{lock.name} ({lock.level})" for lock in locks) or "lifted just now for another machine"
    return confirmed(
        f"{ids.group(group.id)} is locked: {named}; {len(late)} restore points are overdue for clean-up",
        affects=group.shared_with,
        shared=group.id,
        staged=False,  # the lock is one for all: one case lifts it, and the others' next scheduled backups need it off as well
    )
