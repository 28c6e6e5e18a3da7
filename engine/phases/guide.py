"""Guide: what a person has to do. Who fails for the same thing at that time is named with it: one cure serves all."""

from datetime import datetime

from engine.case import NEEDS_PERSON
from engine.desk import Desk
from engine.diagnose import NO_CAUSE
from engine.gate.decide import GATHERING, SETTLE
from engine.gate.fleet import Place, place_in_fleet

NAMED = 20


async def guide(desk: Desk) -> float | None:
    """End the case with its instructions, once it had time to see who else fails for the same thing."""
    case, place = desk.case, await place_in_fleet(desk)
    left = (datetime.fromisoformat(case.opened) + SETTLE - desk.now).total_seconds() if place else 0.0
    if left > 0:
        case.note(desk.now, "held", GATHERING)
        return left
    alike = _alike(case.id, place) if place else ""
    reason = case.diagnosis["verdicts"][-1]["reason"] if case.diagnosis["verdicts"] else NO_CAUSE
    case.end(desk.now, NEEDS_PERSON, f"{case.cause}: {reason}", f"{alike}{case.diagnosis['guide']}")
    return None


def _alike(case_id: str, place: Place) -> str:
    """Who else fails for the same thing, and that a cure is proven on one machine first; "" where nobody does."""
    others = [member for member in place.fleet.members if member.case != case_id]
    if not others:
        return ""
    names = ", ".join(f"{member.machine} (case {member.case})" for member in others[:NAMED])
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    return (
        f"One cure for {len(others) + 1} machines: {names}{more} fail(s) for the same thing. Prove it on one of them first, as told "
        "below; then the others. "
    )
