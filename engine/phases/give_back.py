"""Return: give back what was borrowed; the case does not close before."""

from datetime import datetime

from engine.case import REMEDIATED
from engine.causes.points import overdue
from engine.desk import Desk
from engine.leases import Lease
from engine.phases.gate import work_pools
from gateway.arm.errors import PASSING, AzureError
from remediations.facts import STANDARD_POINT_LIMIT, Unknown
from remediations.schedule import interval

RETURN_WAIT_S = 60.0
CLEAN_UP_LOOK_S = 1800.0
ADVICE = (
    "A lock on a restore point group stops Azure Backup's own clean-up, so the collection fills up again. Leave the groups of restore "
    "points out of the lock: put locks on the groups that need one, limit who may delete by roles, and protect the copies in the "
    "vault by immutability."
)
"""Coverage C5."""


async def give_back(desk: Desk) -> float | None:
    case, leases = desk.case, desk.engine.leases
    for pool in work_pools(case.told.item_id) if case.told.item_id else ():
        await desk.engine.slots.free(pool, case.id)
    held = await leases.held_by(case.id)
    if held and await _clean_up_goes_on(desk, held):
        case.note(
            desk.now, "lease", "waiting with the lock's return: overdue restore points are still being cleaned up"
        )
        return CLEAN_UP_LOOK_S
    still_out = await leases.release(case.id, desk.now)
    if still_out:
        case.note(desk.now, "lease", f"not returned yet: {', '.join(still_out)}")
        return RETURN_WAIT_S
    await _say_what_became_of_it(desk, held)
    case.phase = "tell"
    return None


async def _clean_up_goes_on(desk: Desk, held: list[Lease]) -> bool:
    """Whether the item still holds overdue points, backups work again, and no deadline has come."""
    if desk.case.ending["outcome"] != REMEDIATED or any(lease.over(desk.now) for lease in held):
        return False
    try:
        return bool(await overdue(desk.facts))
    except PASSING:
        raise
    except (AzureError, Unknown):
        return False  # what cannot be told is no reason to keep a lock off


async def _say_what_became_of_it(desk: Desk, held: list[Lease]) -> None:
    case = desk.case
    if not case.borrowed:
        return
    if off := next((lease for lease in held if lease.leave_off), None):
        case.note(desk.now, "lease", f"left off by the policy's rule {off.leave_off}; to return it: {off.command}")
        return
    for change in await desk.journal.changes():
        if change["kind"] == "lock.write":
            case.note(desk.now, "lease", f"the lock {change['before']['name']} was returned as it was")
    if case.ending["outcome"] == REMEDIATED:
        await _foretell(desk)


async def _foretell(desk: Desk) -> None:
    """A returned lock brings the failure back: say about when, and how to prevent it."""
    case, about = desk.case, await _full_again(desk)
    case.recurs_about = about.date().isoformat() if about else "unknown"
    case.ending["instructions"] = f"{case.ending['instructions']} {ADVICE}".strip()


async def _full_again(desk: Desk) -> datetime | None:
    """When the collection will hold as many points as the limit allows, at the policy's pace; None where that is not known."""
    try:
        policy, collection = await desk.facts.policy(), await desk.facts.own_collection()
    except PASSING:
        raise
    except (AzureError, Unknown):
        return None
    every = interval(policy)
    if every is None or policy.version != "V1":
        return None
    left = STANDARD_POINT_LIMIT - len((collection.points if collection else None) or ())
    return desk.now + max(left, 0) * every
