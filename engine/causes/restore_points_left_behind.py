"""A full collection without a lock."""

from engine.causes.actions import COLLECTIONS, LOCKS, OVERDUE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.points import not_full, overdue, total
from remediations.facts import Facts


@cause(
    fixes=[
        step("trigger_backup", first_failure="expected"),
        step("delete_restore_point_collection"),
        step("trigger_backup"),
    ],
    permissions=[*POLICY, *COLLECTIONS, *LOCKS, *OVERDUE],
)
async def restore_points_left_behind(evidence: Facts) -> Verdict:
    """The collection is full of restore points past their retention, though no lock protects them."""
    if why := await not_full(evidence):
        return ruled_out(why)
    count = await total(evidence)
    if await evidence.locks_reaching_group():
        return ruled_out("a lock reaches the restore point group")
    late = await overdue(evidence)
    if not late:
        return ruled_out(f"{count} restore points, none past its retention: the policy makes too many")
    return confirmed(
        f"{count} restore points, {len(late)} of them past their retention, and no lock",
    )
