"""Step: one call of the fix at hand, on evidence of this very turn."""

from engine.case import NEEDS_PERSON, Case
from engine.catalog import CATALOG
from engine.causes.contract import CAUSES
from engine.desk import Desk
from engine.fleets import BAD
from engine.gate.guard import Unapproved
from engine.phases.diagnose import healed_by
from engine.phases.gate import outgrown
from engine.phases.tell import quiet_own_alerts
from engine.plan import asked_from
from remediations.contract import (
    Done,
    Learned,
    NeedsApproval,
    NeedsPerson,
    NotApplicable,
    NothingToDo,
    Result,
    Risk,
    TryLater,
)

FOLLOWED = 3
"""Other failures that come to light one behind the other and are gone after within one case."""
NEXT_TURN_S = 1.0
"""What this turn has read is no evidence beside what was learned just now."""


async def take_step(desk: Desk) -> float | None:
    case, name = desk.case, desk.fix.name
    if await _healed_meanwhile(desk):
        return None
    if await _gone_meanwhile(desk):
        case.phase = "diagnose"
        case.note(desk.now, "looked again", f"{case.cause} is no longer confirmed: looking for the cause anew")
        return None
    if await outgrown(desk):
        case.phase = "gate"
        case.note(desk.now, "looked again", "there is more to change now than what was approved: asking anew")
        return None
    try:
        result = await desk.fix.run(await desk.scene())
    except Unapproved as e:
        await _remember_loans(desk)
        case.phase = "gate"
        case.note(desk.now, "looked again", f"{e}: asking before the next change")
        return None
    await _remember_loans(desk)
    case.note(desk.now, name, f"{type(result).__name__}: {_text(result)}")
    match result:
        case TryLater():
            case.memo = dict(result.memo)
            await quiet_own_alerts(desk)
            return result.delay
        case Done(job=job) if job:
            case.proof_job, case.phase = job, "prove"
        case Done() | NothingToDo() | NotApplicable():
            return await _next_step(desk, _text(result), result.job if isinstance(result, NotApplicable) else "")
        case NeedsApproval():
            _must_ask(desk, result)
        case Learned(probed=probed):
            case.guest, case.ask, case.memo, case.phase = probed, {}, {}, "diagnose"
            return NEXT_TURN_S
        case NeedsPerson():
            case.end(desk.now, NEEDS_PERSON, result.instructions.partition(". ")[0].rstrip("."), result.instructions)
    return None


async def _healed_meanwhile(desk: Desk) -> bool:
    """Whether a backup has completed since the failure, or since our last change: then there is nothing left to change.

    The fix that backs up looks for itself.
    """
    case = desk.case
    if desk.fix.risk is Risk.BACKUP or not (healed := await healed_by(desk)):
        return False
    case.proof_job, case.phase = healed, "prove"
    case.note(desk.now, "healed", f"the backup job {healed} completed meanwhile: nothing more is changed")
    return True


async def _gone_meanwhile(desk: Desk) -> bool:
    """Whether the fault is no longer there, before this case's first change of anything but a backup.

    Our own changes remove the cause, so it is asked of only before them; a backup's own look is for a newer backup.
    """
    case = desk.case
    if case.cause not in CAUSES:
        return False  # a look inside the guest is what will name the cause
    if desk.fix.risk is Risk.BACKUP or case.diagnosis.get("at") == desk.now.isoformat():
        return False
    if await desk.changes.last_change() is not None:
        return False
    return (await CAUSES[case.cause].examine(desk.facts)).says != "confirmed"


async def _remember_loans(desk: Desk) -> None:
    if desk.fix.risk is Risk.GOVERNANCE:
        held = await desk.engine.leases.held_by(desk.case.id)
        desk.case.borrowed = sorted({*desk.case.borrowed, *(lease.lock.name for lease in held)})


def _must_ask(desk: Desk, result: NeedsApproval) -> None:
    """The fix itself wants a person: the gate asks about this step, with all that it names."""
    case = desk.case
    case.plan = asked_from(case.plan, case.step, result)
    case.phase, case.memo = "gate", {}


async def _next_step(desk: Desk, last: str, failed: str) -> float | None:
    """On to the plan's next step; after the last one to what the failed job says, or to the causes that are left."""
    case = desk.case
    case.memo, case.step_since = {}, desk.now.isoformat()
    if case.step + 1 < len(case.plan["steps"]):
        case.step, case.phase = case.step + 1, "gate"
        return None
    if failed and (code := await _fails_otherwise(desk, failed)):
        reason = str(case.diagnosis["verdicts"][-1]["reason"])
        case.before = [*case.before, {"code": case.code, "cause": case.cause, "reason": reason, "next": failed}]
        return await _look_anew(desk, f"the backup fails with {code} by now: looking for the cause of that")
    if _others_follow(case):
        case.tried = [*case.tried, case.cause]
        return await _look_anew(desk, f"{case.cause} it was not, as it seems ({last}): looking further")
    case.end(desk.now, NEEDS_PERSON, f"the runbook for {case.cause} did not help: {last}", case.by_hand)
    return None


async def _look_anew(desk: Desk, why: str) -> float:
    """Diagnose again; what was agreed to, and who shared the cause, was about the one before."""
    case = desk.case
    if case.fleet:
        await desk.engine.fleets.settle(case.fleet["id"], case.id, BAD)
    case.ask, case.fleet, case.phase = {}, {}, "diagnose"
    case.note(desk.now, "looked again", why)
    return NEXT_TURN_S


async def _fails_otherwise(desk: Desk, failed: str) -> str:
    """The code of the failed backup where it is another than the case's and the catalog knows it, "" else."""
    case, code = desk.case, (await desk.facts.job(failed)).code
    known = CATALOG.find(code) if code else None
    was = CATALOG.find(case.code) if case.code else None
    return code if known is not None and known is not was and len(case.before) < FOLLOWED else ""


def _others_follow(case: Case) -> bool:
    """Whether the cause was named only because nothing else was found so far, and the runbook knows of more."""
    by_exclusion = case.cause in CAUSES and CAUSES[case.cause].by_exclusion
    return by_exclusion and bool(case.diagnosis.get("further"))


def _text(result: Result) -> str:
    match result:
        case NeedsApproval():
            return result.what
        case NeedsPerson():
            return result.instructions
        case _:
            return result.reason
