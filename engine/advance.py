"""One turn of a case: from its row, through as many phases as need no waiting, back into its row.

A turn first writes its token into the row: of two that begin at once, in one host or in two, only one goes on.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.case import GAVE_UP, NEEDS_PERSON, Case
from engine.changes import ChangesOff, OutsideFence
from engine.claims import let_go
from engine.desk import Desk, desk_of
from engine.engine import Engine
from engine.gate.guard import Held, TurnLost
from engine.gate.waiting import still_held
from engine.phases import ENDED, PHASES, Wait
from engine.phases.tell import tell_late
from engine.telemetry import traces
from engine.telemetry.progress import Progress
from gateway.arm.errors import AzureError, Busy, Locked, NotFound, Throttled, Unavailable
from gateway.store.rows import Conflict, StoreError
from remediations.facts import Unknown
from remediations.guides.locks import lift
from remediations.guides.own_names import own_names, with_names
from remediations.refusals import explain, in_short

CASE_MAY_TAKE = timedelta(days=7)
"""From its opening, or from the last answer of a person: how long one may think the policy says (`approval_hours`)."""
TROUBLES_BORNE = 60
"""Passing errors in a row before a case gives up; at a minute each that is an hour of a broken Azure."""
FAULTS_BORNE = 12
"""Faults of our own before a case gives up: an hour, long enough for a deployment that mends one."""
TROUBLE_WAIT_S = 60.0
THROTTLE_SPREAD_S = 60.0
"""Over how long the retries of cases that met one quota are spread: ARM refills 25 reads a second (azure-facts, D)."""
TURN_MAY_TAKE = timedelta(minutes=5)
"""After so long a turn counts as dead; one that still lives then is stopped before its next change (engine.gate.guard)."""
LOST_S = 5.0
LOCK_MAY_LINGER = timedelta(minutes=5)
"""ScopeLocked although the list shows no lock: looked at again for five minutes, then a person (design, assumptions)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How a turn ended: closed, or to come back in `wait_s` seconds."""

    closed: bool
    wait_s: float = 0.0


async def advance(engine: Engine, case_id: str, now: datetime) -> Turn:
    """Take the case as far as it goes without waiting. Safe to repeat; a turn that lost its row to another ends quietly."""
    got = await engine.cases.get(case_id)
    if got is None:
        return Turn(True)
    case, row = got
    if not case.closed:
        if (left := _early(case, now)) or (left := _others_turn(case, now)):
            return Turn(False, left)
        case.turn = {"by": secrets.token_hex(8), "until": (now + TURN_MAY_TAKE).isoformat()}
        try:
            row = await engine.cases.save(case, row)
            with traces.turn(case):
                return await _take_turn(desk_of(engine, case, row, now))
        except (Conflict, TurnLost):
            return Turn(False, LOST_S)
    with traces.part(case.id, "tell_late"):
        again = await tell_late(desk_of(engine, case, row, now))
    if again:
        return Turn(False, again)
    await let_go(engine.cases, case.id)
    return Turn(True)


async def _take_turn(desk: Desk) -> Turn:
    """Phase after phase until one wants to wait; each is stored before the next begins."""
    case, engine, now = desk.case, desk.engine, desk.now
    progress = Progress(case, now)
    while not case.closed:
        if desk.changes.made:
            desk = desk_of(engine, case, desk.row, now)  # what was read before a change is no evidence after it
        with traces.phase(case):
            wait, fault = await _guarded(desk)
            if fault is not None:
                traces.fault(fault)
        case.due = (now + timedelta(seconds=max(1.0, wait))).isoformat() if wait is not None else ""
        if wait is not None or fault is not None or case.closed:
            case.turn = {}
        desk.take_row(await engine.cases.save(case, desk.row))
        progress.stored()
        if fault is not None:
            raise fault
        if wait is not None:
            return Turn(False, max(1.0, wait))
    await let_go(engine.cases, case.id)
    return Turn(True)


def _early(case: Case, now: datetime) -> float:
    """Seconds that are left of the wait the case asked for: whoever joins wakes it, and a storm must not drive it on.

    A case that waits for a person looks at once: an answer may have woken it.
    """
    left = (datetime.fromisoformat(case.due) - now).total_seconds() if case.due and case.phase != "ask" else 0.0
    return left if left > 1.0 else 0.0


def _others_turn(case: Case, now: datetime) -> float:
    """Seconds for which another turn may still be at work; one that was ended in the middle is over after that."""
    left = (datetime.fromisoformat(case.turn["until"]) - now).total_seconds() if case.turn else 0.0
    return max(left, 0.0)


async def _guarded(desk: Desk) -> tuple[Wait, Exception | None]:
    """The one boundary for faults of our own: recorded in the case, raised again once that is stored.

    The shell comes back after five minutes; a fault that stays ends the case, so that a person hears of it.
    """
    case = desk.case
    try:
        return await _phase(desk), None
    except (StoreError, TurnLost):
        raise
    except Exception as e:  # noqa: BLE001  (recorded, and raised again by the caller)
        case.faults += 1
        case.note(desk.now, "fault", f"{type(e).__name__}: {e}")
        if case.faults < FAULTS_BORNE or case.phase in ENDED:
            return None, e
        case.end(
            desk.now, GAVE_UP, f"an error of the engine itself: {type(e).__name__}: {e}", "Report it with this case."
        )
        return None, None


async def _phase(desk: Desk) -> Wait:
    """Run the case's phase; Azure's errors become waiting, or an ending that says what is missing."""
    case, now = desk.case, desk.now
    since = max(case.opened, str(case.ask.get("answered", "")))
    if case.phase not in (*ENDED, "ask") and now - datetime.fromisoformat(since) > CASE_MAY_TAKE:
        case.end(now, GAVE_UP, f"not solved within {CASE_MAY_TAKE.days} days; last: {case.timeline[-1]['text']}")
        return None
    try:
        if hold := await still_held(desk):
            case.note(now, "held", hold.why)
            return hold.seconds
        wait = await PHASES[case.phase](desk)
    except (Busy, Throttled, Unavailable) as e:
        return _troubled(desk, e)
    except Locked as e:
        return _locked(desk, e)
    except Held as e:
        case.note(now, "held", str(e))
        return e.delay
    except (AzureError, Unknown, ChangesOff, OutsideFence) as e:
        return _stopped(desk, e)
    case.troubles, case.locked_since = 0, ""
    return wait


def _troubled(desk: Desk, e: Busy | Throttled | Unavailable) -> Wait:
    """A passing error: come back, for as long as it stays bearable. A spent quota is no sign of a broken Azure."""
    case = desk.case
    case.note(desk.now, "trouble", str(e))
    if isinstance(e, Throttled):
        return e.delay + _spread(case.id, max(e.delay, THROTTLE_SPREAD_S))
    case.troubles += 1
    if case.troubles > TROUBLES_BORNE and case.phase not in ENDED:
        case.end(desk.now, GAVE_UP, f"Azure kept failing: {e}")
        return None
    return e.delay if isinstance(e, Busy) else TROUBLE_WAIT_S


def _spread(case_id: str, seconds: float) -> float:
    """A wait of its own for each case, so that those who met one quota do not all come back at once."""
    return seconds * int(case_id[:8], 16) / 0xFFFFFFFF


def _locked(desk: Desk, e: Locked) -> Wait:
    """A lock on the list needs its owner; one that the list does not show may linger after its deletion."""
    case = desk.case
    case.note(desk.now, "locked", str(e))
    case.locked_since = case.locked_since or desk.now.isoformat()
    lingering = not e.locks and desk.now - datetime.fromisoformat(case.locked_since) < LOCK_MAY_LINGER
    if lingering or case.phase in ENDED:
        return 60.0
    how = lift(e.locks) if e.locks else f"the lock on {', '.join(e.scopes)}"
    case.end(desk.now, NEEDS_PERSON, f"a lock forbids it: {e}", f"Ask the lock's owner to lift it: {how}.")
    return None


def _stopped(desk: Desk, e: Exception) -> Wait:
    """What time does not heal. In the returning phase there is nothing to fall back to: it is tried again."""
    case = desk.case
    if case.phase in ENDED:
        case.note(desk.now, "trouble", str(e))
        return 300.0
    advice = with_names(explain(e), own_names(desk.facts)) if isinstance(e, AzureError) else ""
    short = in_short(e) if isinstance(e, AzureError) else ""
    if short:
        case.note(desk.now, "trouble", str(e))  # all of Azure's words, once
    if not advice and isinstance(e, NotFound):
        advice = "Check whether the machine, its vault or its protection was removed."
    case.end(desk.now, NEEDS_PERSON, short or str(e), advice)
    return None
