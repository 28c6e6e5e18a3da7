"""Ask: wait for a person. The answer is a row that waits for us, so none is lost to a crash or a missed wake."""

from datetime import datetime

from engine.case import NEEDS_PERSON
from engine.decisions import Decision
from engine.desk import Desk
from engine.plan import told
from remediations.contract import REMEDIATIONS, Risk

LOOK_S = 900.0
"""An answer wakes the case; this is how late it is seen where the wake was lost."""


async def ask(desk: Desk) -> float | None:
    case = desk.case
    answer = await desk.engine.decisions.of(case.id, case.ask["hash"])
    if answer is None:
        return _waited(desk)
    said = f"{answer.decision} by {answer.who}: {answer.why}{f' (change {answer.change})' if answer.change else ''}"
    case.note(desk.now, "decision", said)
    case.ask |= {"answer": answer.decision, "who": answer.who}
    if not answer.approved:
        case.end(
            desk.now, NEEDS_PERSON, f"{answer.who} refused the plan: {answer.why}", f"The plan was: {told(case.plan)}"
        )
        return None
    await _count(desk, answer)
    # a plan from its start is made anew and must come out the same; a later step is looked at by the gate
    case.phase = "diagnose" if case.plan["from"] == 0 and not case.plan["asks"] else "gate"
    return None


def _waited(desk: Desk) -> float | None:
    """Silence is a refusal once the question has expired."""
    case = desk.case
    left = (datetime.fromisoformat(case.ask["expires"]) - desk.now).total_seconds()
    if left > 0:
        return min(left, LOOK_S)
    why = f"nobody answered by {case.ask['expires'][:16]} UTC, which counts as a refusal"
    case.end(desk.now, NEEDS_PERSON, why, f"The plan was: {told(case.plan)}")
    return None


async def _count(desk: Desk, answer: Decision) -> None:
    """An approval counts towards `auto_after` of the rule that each of its steps stands under."""
    case = desk.case
    place = await desk.place()
    for step in case.plan["steps"][case.plan["from"] :]:
        fix = REMEDIATIONS[step["fix"]]
        if fix.risk is Risk.DATA and case.plan["from"] == 0:
            continue  # data was not part of this question
        rule = desk.engine.policy.permit(fix.name, fix.risk, place).rule
        await desk.engine.track.add_approval(fix.name, rule, case.id, desk.now)
