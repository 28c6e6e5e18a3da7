"""Return: give back what was borrowed; the case does not close before."""

from datetime import datetime

from engine.case import NOT_NEEDED, REMEDIATED
from engine.causes.points import overdue, total
from engine.desk import Desk
from engine.gate.waiting import leave_work
from engine.leases import Lease
from engine.phases.tidy import tidy
from gateway.arm.errors import PASSING, AzureError
from remediations.backups.schedule import next_run
from remediations.facts import STANDARD_POINT_LIMIT, Unknown

RETURN_WAIT_S = 60.0
CLEAN_UP_LOOK_S = 1800.0
HEALED = (REMEDIATED, NOT_NEEDED)
"""Not needed: the case shared another's lease, and a backup completed before it had to ask for one itself."""
ADVICE = (
    "A lock on a restore point group stops Azure Backup's own clean-up, so the collection fills up again. Leave the groups of restore "
    "points out of the lock: put locks on the groups that need one, limit who may delete by roles, and protect the copies in the "
    "vault by immutability."
)
"""Coverage C5."""


async def give_back(desk: Desk) -> float | None:
    case, leases = desk.case, desk.engine.leases
    await leave_work(desk)
    if wait := await tidy(desk):
        return wait
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
    if desk.case.ending["outcome"] not in HEALED or any(lease.over(desk.now) for lease in held):
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
        if change["kind"] == "lock.write" and change["result"]["state"] != "refused":
            case.note(
                desk.now,
                "lease",
                f"the lock {change['before']['name']} was returned as it was at {change['at'][:16]} UTC",
            )
    if passed_on := [lease for lease in held if len(lease.holders) > 1]:
        others = {holder for lease in passed_on for holder in lease.holders} - {case.id}
        names, by = ", ".join(lease.lock.name for lease in passed_on), min(lease.deadline for lease in passed_on)
        case.ending["lent_on"] = (
            f"The lock {names} is given back with case {', '.join(sorted(others))}, by {by[:16]} UTC at the latest"
        )
        case.note(desk.now, "lease", case.ending["lent_on"])
    if case.ending["outcome"] in HEALED:
        await _foretell(desk)


async def _foretell(desk: Desk) -> None:
    """A returned lock brings the failure back: say about when, and how to prevent it."""
    case, about = desk.case, await _full_again(desk)
    case.recurs_about = about.date().isoformat() if about else "unknown"
    case.ending["instructions"] = f"{case.ending['instructions']} {ADVICE}".strip()


async def _full_again(desk: Desk) -> datetime | None:
    """The first scheduled backup that will find as many points as the limit allows; None where that is not known."""
    try:
        policy, held = await desk.facts.policy(), await total(desk.facts)
    except PASSING:
        raise
    except (AzureError, Unknown):
        return None
    at: datetime | None = desk.now if policy.version == "V1" else None
    for _ in range(max(STANDARD_POINT_LIMIT - held, 0) + 1):
        at = next_run(policy, at) if at else None
    return at
