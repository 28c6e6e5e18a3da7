"""The phases of a case, one function each: look, decide, say what comes next.

diagnose -> gate -> step, step, ... -> prove -> return -> close
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.case import GAVE_UP, NEEDS_PERSON, NOT_NEEDED, REMEDIATED, VAULT_PENDING, Case
from engine.changes import CaseChanges
from engine.diagnose import UNKNOWN, diagnose, evidence
from engine.engine import Engine
from engine.gate import held_back
from engine.journal import Journal
from engine.leases import CaseLeases
from engine.outcomes import summary
from engine.plan import instructions, make_plan
from engine.prove import look_for_proof
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

RETURN_WAIT_S = 60.0
VAULT_MAY_TAKE = timedelta(hours=48)
VAULT_LOOK_S = 3600.0
POINT_LOOK_S = 600.0


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


def desk_of(engine: Engine, case: Case, now: datetime) -> Desk:
    told = case.told
    facts = Facts(engine.reads, told.item_id, now, engine.leases.out_of, told.job)
    off = held_back(case, engine.settings)
    journal = Journal(engine.rows, case.id)
    changes = CaseChanges(engine.reads, engine.starts, journal, facts, told.item_id, now, off)
    return Desk(engine, case, now, facts, changes)


async def _diagnose(desk: Desk) -> Wait:
    case = desk.case
    found = await diagnose(desk.facts, case.told.code)
    if found.passing is not None:
        raise found.passing
    case.code, case.cause = found.code, found.cause
    failed_at = found.job.start if found.job and found.job.start else datetime.fromisoformat(case.told.fired_at)
    case.diagnosis = {**found.to_json(), "failed_at": failed_at.isoformat(), "evidence": evidence(desk.facts, desk.now)}
    case.note(desk.now, "diagnosed", f"{found.cause}: {found.verdict.reason}")
    if found.job and not case.told.job:  # the sweep will tell of the same failure by its job
        await desk.engine.cases.settle(replace(case.told, job=found.job.name), case.id)
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
    await _read_what_proof_needs(desk)
    case.note(desk.now, "gate", f"passed: MODE is {desk.engine.settings.mode}; plan {case.plan['hash'][:12]}")
    case.phase, case.step_since = "step", desk.now.isoformat()
    return None


async def _read_what_proof_needs(desk: Desk) -> None:
    """Before the first change: what was there before, and that it can be read; without that nothing could be proven."""
    points = await desk.facts.recovery_points()
    with suppress(Unknown):  # an item without a policy has no schedule; the fixes that need one say so
        await desk.facts.policy()
    newest = points[0] if points else None
    before = (
        {"point": newest.name, "time": newest.time.isoformat(), "consistency": newest.consistency} if newest else {}
    )
    desk.case.proof["before"] = before


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
        return RETURN_WAIT_S
    for change in await Journal(desk.engine.rows, desk.case.id).changes():
        if change["kind"] == "lock.write":
            desk.case.note(desk.now, "lease", f"the lock {change['before']['name']} was returned as it was")
    desk.case.phase = "close"
    return None


async def _close(desk: Desk) -> Wait:
    """Record the outcome; the claim goes once that is stored."""
    changes = await Journal(desk.engine.rows, desk.case.id).changes()
    desk.case.ending["summary"] = summary(desk.case, changes)
    desk.case.outcome, desk.case.closed = desk.case.ending["outcome"], desk.now.isoformat()
    return None


PHASES: dict[str, Callable[[Desk], Awaitable[Wait]]] = {
    "diagnose": _diagnose,
    "gate": _gate,
    "step": _step,
    "prove": _prove,
    "return": _return,
    "close": _close,
}
