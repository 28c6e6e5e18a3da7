"""Ask: wait for a person. The answer is a row that waits for us, so none is lost to a crash or a missed wake."""

from datetime import datetime

from engine.case import NEEDS_PERSON
from engine.decisions import NOBODY, Decision, silence
from engine.desk import Desk
from engine.fleets import Word
from engine.gate.places import places_of
from engine.phases.diagnose import healed_by
from engine.plan import told
from remediations.contract import REMEDIATIONS, Risk

LOOK_S = 900.0
"""An answer wakes the case; this is how late it is seen where the wake was lost."""


async def ask(desk: Desk) -> float | None:
    case = desk.case
    answer = await desk.engine.decisions.of(case.id, case.ask["hash"])
    left = (datetime.fromisoformat(case.ask["expires"]) - desk.now).total_seconds()
    if answer is None and left > 0:
        return min(left, LOOK_S)
    if answer and answer.approved and desk.engine.broken:
        case.note(desk.now, "held", f"{answer.who} approved the plan; {desk.engine.broken}")
        return LOOK_S  # what was approved is carried out once the policy can be read again
    answer = answer or await desk.engine.decisions.record(case.id, silence(case, desk.now))
    change = f" (change {answer.change})" if answer.change else ""
    case.note(desk.now, "decision", f"{answer.decision} by {answer.who or 'nobody'}: {answer.why}{change}")
    case.ask |= {"answer": answer.decision, "who": answer.who, "answered": answer.at}
    if case.plan.get("fleet"):
        who = answer.who or NOBODY
        await desk.engine.fleets.say(case.fleet["id"], Word(answer.decision, who, answer.at, answer.why, case.id))
    if not answer.approved:
        await _refused(desk, answer)
        return None
    await _count(desk, answer)
    # a plan from its start is made anew and must come out the same; a later step is looked at by the gate
    case.phase = "diagnose" if case.plan["from"] == 0 and not case.plan["asks"] else "gate"
    return None


async def _refused(desk: Desk, answer: Decision) -> None:
    """The plan is off. Where nobody spoke up because backups had come back meanwhile, that is the ending to prove."""
    case, nobody = desk.case, answer.who == NOBODY
    if nobody and (healed := await healed_by(desk)):
        case.proof_job, case.phase = healed, "prove"
        case.note(desk.now, "healed", f"the backup job {healed} completed after the failure")
        return
    why = answer.why if nobody else f"{answer.who} refused the plan: {answer.why}"
    asked = f"The plan was: {told(case.plan)}"
    instead = case.plan.get("if_refused", "") if case.plan["from"] == case.step else ""
    case.end(
        desk.now, NEEDS_PERSON, why, f"{instead} {asked}".strip() if instead else f"{asked} {case.by_hand}".strip()
    )


async def _count(desk: Desk, answer: Decision) -> None:
    """An approval counts towards `auto_after` of the rule that each of its steps stands under."""
    case = desk.case
    first = case.plan["from"]
    for number, step in enumerate(case.plan["steps"][first:], first):
        fix = REMEDIATIONS[step["fix"]]
        if fix.risk is Risk.DATA and number != first:
            continue  # data is part of a question only where the question begins with it
        places = await places_of(desk.engine, desk.facts, case, fix, step["touches"])
        rule = places.permit(desk.engine.policy, fix).rule
        await desk.engine.track.add_approval(fix.name, rule, case.id, desk.now)
