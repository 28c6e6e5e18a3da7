"""One turn of a case: from its row, through as many phases as need no waiting, back into its row.

observe and diagnose -> plan -> gate -> step, step, ... -> prove -> return leases -> close
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.case import GAVE_UP, NEEDS_PERSON, NOT_NEEDED, REMEDIATED, VAULT_PENDING, Case
from engine.changes import CaseChanges, ChangesOff, OutsideFence
from engine.claims import let_go
from engine.diagnose import UNKNOWN, diagnose, evidence
from engine.engine import Engine
from engine.gate import held_back
from engine.journal import Journal
from engine.leases import CaseLeases
from engine.plan import instructions, make_plan
from engine.prove import look_for_proof
from gateway.arm.errors import AzureError, Forbidden, Locked, NotFound, Unavailable
from gateway.arm.errors import Busy as BusyError
from gateway.arm.errors import Throttled as ThrottledError
from gateway.store.rows import Conflict, StoreError
from remediations.contract import (
    REMEDIATIONS,
    Done,
    NeedsApproval,
    NeedsPerson,
    NotApplicable,
    NothingToDo,
    Result,
    Scene,
    Target,
    TryLater,
)
from remediations.facts import Facts, Unknown
from remediations.later_backups import candidate

CASE_MAY_TAKE = timedelta(days=7)
TROUBLES_BORNE = 60
"""Passing errors in a row before a case gives up; at five minutes each that is five hours of a broken Azure."""
FAULTS_BORNE = 12
"""Faults of our own before a case gives up: an hour, long enough for a deployment that mends one."""
VAULT_MAY_TAKE = timedelta(hours=48)
VAULT_LOOK_S = 3600.0
POINT_LOOK_S = 600.0
TROUBLE_WAIT_S = 60.0
LOCK_MAY_LINGER = timedelta(minutes=5)
"""ScopeLocked although the list shows no lock: looked at again for five minutes, then a person (design, assumptions)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How a turn ended: closed, or to come back in `wait_s` seconds."""

    closed: bool
    wait_s: float = 0.0


@dataclass(slots=True)
class Desk:
    """What a turn works with: the engine, the case, the instant, and the facts read so far in this turn."""

    engine: Engine
    case: Case
    now: datetime
    facts: Facts
    changes: CaseChanges

    def scene(self) -> Scene:
        told = self.case.told
        failed_at = self.case.diagnosis.get("failed_at") or told.fired_at
        step = self.case.plan["steps"][self.case.step] if self.case.plan.get("steps") else {"params": {}}
        target = Target(told.item_id, self.case.code, datetime.fromisoformat(failed_at))
        leases = CaseLeases(self.engine.leases, self.case.id, self.now)
        since = datetime.fromisoformat(self.case.step_since) if self.case.step_since else self.now
        return Scene(target, self.facts, self.changes, leases, self.now, since, step["params"], dict(self.case.memo))


Wait = float | None
"""Seconds until the phase wants its next turn; None: go on with the next phase at once."""


async def advance(engine: Engine, case_id: str, now: datetime) -> Turn:
    """Take the case as far as it goes without waiting. Safe to repeat; a turn that lost its row to another ends quietly."""
    got = await engine.cases.get(case_id)
    if got is None:
        return Turn(True)
    case, row = got
    while not case.closed:
        wait, fault = await _guarded(_desk(engine, case, now))
        try:
            row = await engine.cases.save(case, row)
        except Conflict:
            return Turn(False, 1.0)
        if fault is not None:
            raise fault
        if wait is not None:
            return Turn(False, max(1.0, wait))
    await let_go(engine.cases, case.id)
    return Turn(True)


def _desk(engine: Engine, case: Case, now: datetime) -> Desk:
    told = case.told
    facts = Facts(engine.reads, told.item_id, now, engine.leases.out_of, told.job)
    off = held_back(case, engine.settings)
    journal = Journal(engine.rows, case.id)
    changes = CaseChanges(engine.reads, engine.starts, journal, facts, told.item_id, now, off)
    return Desk(engine, case, now, facts, changes)


async def _guarded(desk: Desk) -> tuple[Wait, Exception | None]:
    """The one boundary for faults of our own: recorded in the case, raised again once that is stored.

    The shell comes back after five minutes; a fault that stays ends the case, so that a person hears of it.
    """
    case = desk.case
    try:
        return await _phase(desk), None
    except StoreError:
        raise
    except Exception as e:  # noqa: BLE001  (recorded, and raised again by the caller)
        case.faults += 1
        case.note(desk.now, "fault", f"{type(e).__name__}: {e}")
        if case.faults < FAULTS_BORNE or case.phase in ("return", "close"):
            return None, e
        case.end(
            desk.now, GAVE_UP, f"an error of the engine itself: {type(e).__name__}: {e}", "Report it with this case."
        )
        return None, None


async def _phase(desk: Desk) -> Wait:
    """Run the case's phase; Azure's errors become waiting, or an ending that says what is missing."""
    case, now = desk.case, desk.now
    if case.phase not in ("return", "close") and now - datetime.fromisoformat(case.opened) > CASE_MAY_TAKE:
        case.end(now, GAVE_UP, f"not solved within {CASE_MAY_TAKE.days} days; last: {case.timeline[-1]['text']}")
        return None
    try:
        wait = await _PHASES[case.phase](desk)
    except (BusyError, ThrottledError, Unavailable) as e:
        return _troubled(desk, e)
    except Locked as e:
        return _locked(desk, e)
    except (AzureError, Unknown, ChangesOff, OutsideFence) as e:
        return _stopped(desk, e)
    case.troubles, case.locked_since = 0, ""
    return wait


def _troubled(desk: Desk, e: BusyError | ThrottledError | Unavailable) -> Wait:
    """A passing error: come back, for as long as it stays bearable."""
    case = desk.case
    case.troubles += 1
    case.note(desk.now, "trouble", str(e))
    if case.troubles > TROUBLES_BORNE and case.phase not in ("return", "close"):
        case.end(desk.now, GAVE_UP, f"Azure kept failing: {e}")
        return None
    return e.delay if isinstance(e, (BusyError, ThrottledError)) else TROUBLE_WAIT_S


def _locked(desk: Desk, e: Locked) -> Wait:
    """A lock on the list needs its owner; one that the list does not show may linger after its deletion."""
    case = desk.case
    case.note(desk.now, "locked", str(e))
    case.locked_since = case.locked_since or desk.now.isoformat()
    lingering = not e.locks and desk.now - datetime.fromisoformat(case.locked_since) < LOCK_MAY_LINGER
    if lingering or case.phase in ("return", "close"):
        return 60.0
    lift = "; ".join(f"az lock delete --ids '{lock}'" for lock in e.locks) or f"the lock on {', '.join(e.scopes)}"
    case.end(desk.now, NEEDS_PERSON, f"a lock forbids it: {e}", f"Ask the lock's owner to lift it: {lift}")
    return None


def _stopped(desk: Desk, e: Exception) -> Wait:
    """What time does not heal. In the returning phase there is nothing to fall back to: it is tried again."""
    case = desk.case
    if case.phase in ("return", "close"):
        case.note(desk.now, "trouble", str(e))
        return 300.0
    advice = ""
    if isinstance(e, Forbidden):
        advice = f"Grant the engine's identity the action {e.action or '(see the message)'} at this scope."
    elif isinstance(e, NotFound):
        advice = "Check whether the machine, its vault or its protection was removed."
    case.end(desk.now, NEEDS_PERSON, str(e), advice)
    return None


async def _diagnose(desk: Desk) -> Wait:
    case = desk.case
    found = await diagnose(desk.facts, case.told.code)
    if found.passing is not None:
        raise found.passing
    case.code, case.cause = found.code, found.cause
    failed_at = found.job.start if found.job and found.job.start else datetime.fromisoformat(case.told.fired_at)
    case.diagnosis = {**found.to_json(), "failed_at": failed_at.isoformat(), "evidence": evidence(desk.facts, desk.now)}
    case.note(desk.now, "diagnosed", f"{found.cause}: {found.verdict.reason}")
    if healed := await _healed(desk):
        case.proof_job, case.phase = healed, "prove"
        case.note(desk.now, "healed", f"the backup job {healed} completed after the failure")
        return None
    case.plan = make_plan(case, found, desk.engine.settings)
    if not case.plan["steps"]:
        case.end(desk.now, NEEDS_PERSON, f"{found.cause}: {found.verdict.reason}", instructions(found))
        return None
    case.phase = "gate"
    return None


async def _healed(desk: Desk) -> str:
    """The name of a backup job that completed after the failure, "" where there is none."""
    if desk.case.cause in ("machine_gone", UNKNOWN) and not await desk.facts.backups():
        return ""
    job = await candidate(desk.scene())
    return job.name if job is not None and job.status == "Completed" else ""


async def _gate(desk: Desk) -> Wait:
    case = desk.case
    if held := held_back(case, desk.engine.settings):
        steps = "; ".join(f"{n}. {s['effect']}" for n, s in enumerate(case.plan["steps"], 1))
        case.end(desk.now, NEEDS_PERSON, held, f"The plan: {steps}")
        return None
    case.note(desk.now, "gate", f"passed: MODE is {desk.engine.settings.mode}; plan {case.plan['hash'][:12]}")
    case.phase, case.step_since = "step", desk.now.isoformat()
    return None


async def _step(desk: Desk) -> Wait:
    case = desk.case
    name = case.plan["steps"][case.step]["fix"]
    result = await REMEDIATIONS[name].run(desk.scene())
    case.note(desk.now, name, f"{type(result).__name__}: {_text(result)}")
    match result:
        case TryLater():
            case.memo = dict(result.memo)
            return result.delay
        case Done(job=job) if job:
            case.proof_job, case.phase = job, "prove"
        case Done() | NothingToDo() | NotApplicable():
            _next_step(desk, _text(result))
        case NeedsApproval():
            case.end(desk.now, NEEDS_PERSON, "a person must decide this", f"To approve: {result.what}")
        case NeedsPerson():
            case.end(desk.now, NEEDS_PERSON, f"{name} cannot go on by itself", result.instructions)
    return None


def _next_step(desk: Desk, last: str) -> None:
    case = desk.case
    case.step, case.memo, case.step_since = case.step + 1, {}, desk.now.isoformat()
    if case.step >= len(case.plan["steps"]):
        case.step = len(case.plan["steps"]) - 1
        case.end(desk.now, NEEDS_PERSON, f"the runbook for {case.cause} did not help: {last}", "See the timeline.")


def _text(result: Result) -> str:
    match result:
        case NeedsApproval():
            return result.what
        case NeedsPerson():
            return result.instructions
        case _:
            return result.reason


async def _prove(desk: Desk) -> Wait:
    """`remediated` needs a completed job and a newer point in the vault; without our changes it is `not needed`."""
    case, now = desk.case, desk.now
    if case.proof.get("job_status", "Completed") != "Completed" and (later := await _healed(desk)):
        case.proof_job = later  # the transfer of the first one failed; a backup after it completed
    proof = await look_for_proof(desk.facts, case.proof_job)
    case.proof.setdefault("since", now.isoformat())
    late = now - datetime.fromisoformat(case.proof["since"]) > VAULT_MAY_TAKE
    point = proof.point
    case.proof |= {
        "job": proof.job.name,
        "job_status": proof.job.status,
        "job_end": proof.job.end.isoformat() if proof.job.end else "",
        "point": point.name if point else "",
        "point_time": point.time.isoformat() if point else "",
        "tiers": point.tiers if point else {},
        "weaker": proof.weaker,
    }
    if proof.vaulted and point:
        changed = await desk.changes.last_change() is not None
        said = f"the backup job {proof.job.name} completed and the recovery point of {point.time:%Y-%m-%d %H:%M} UTC is valid in the vault"
        case.end(now, REMEDIATED if changed else NOT_NEEDED, f"{said}{'; but ' + proof.weaker if proof.weaker else ''}")
        return None
    if not late:
        case.note(now, "proof", f"{VAULT_PENDING}" if point else "no newer recovery point yet")
        return VAULT_LOOK_S if point else POINT_LOOK_S
    if point:
        case.end(
            now,
            VAULT_PENDING,
            f"the recovery point of {point.time:%Y-%m-%d %H:%M} UTC is only a snapshot after 48 hours",
        )
    else:
        case.end(
            now,
            GAVE_UP,
            f"the job {proof.job.name} is {proof.job.status}, but no newer recovery point came in 48 hours",
        )
    return None


async def _return(desk: Desk) -> Wait:
    """Give back what was borrowed; the case does not close before."""
    still_out = await desk.engine.leases.release(desk.case.id, desk.now)
    if still_out:
        desk.case.note(desk.now, "lease", f"not returned yet: {', '.join(still_out)}")
        return TROUBLE_WAIT_S
    desk.case.phase = "close"
    return None


async def _close(desk: Desk) -> Wait:
    """Record the outcome; the claim goes once that is stored."""
    desk.case.outcome, desk.case.closed = desk.case.ending["outcome"], desk.now.isoformat()
    return None


_PHASES: dict[str, Callable[[Desk], Awaitable[Wait]]] = {
    "diagnose": _diagnose,
    "gate": _gate,
    "step": _step,
    "prove": _prove,
    "return": _return,
    "close": _close,
}
