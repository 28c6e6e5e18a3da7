"""Gate: may the step at hand be taken? Policy, switch, counters and people decide; every answer is recorded."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.case import NEEDS_PERSON
from engine.causes.contract import CAUSES
from engine.desk import Desk
from engine.gate.decide import LOOK_AGAIN_S, Ask, Hold, Standing, Stop, answered_with, decide
from engine.gate.fleet import Place, heed, others, place_in_fleet
from engine.gate.places import places_of
from engine.gate.standing import is_approved, standing_of
from engine.gate.waiting import FULL, FULL_S, leave_work, work_pools
from engine.phases.diagnose import healed_by
from engine.plan import asked_from, for_all, told
from engine.policy import Mode, Permit
from engine.telemetry.events import tell
from remediations.contract import NeedsApproval
from remediations.facts import Unknown


async def pass_gate(desk: Desk) -> float | None:
    touches = await desk.fix.preview(await desk.scene())
    places = await places_of(desk.engine, desk.facts, desk.case, desk.fix, touches)
    permit = places.permit(desk.engine.policy, desk.fix)
    fleet = await place_in_fleet(desk)
    await heed(desk, fleet)
    if desk.case.phase != "gate":
        return None
    standing = await standing_of(desk, places, permit, touches, fleet)
    verdict = decide(standing, desk.engine.policy.limits, desk.now)
    _record(desk, permit)
    match verdict:
        case Stop(why):
            _stop(desk, why, observed=permit.mode is Mode.OBSERVE)
        case Hold(seconds, why):
            desk.case.note(desk.now, "held", why)
            return seconds
        case Ask(why):
            if fleet and fleet.waits_for and not desk.case.step:
                desk.case.note(desk.now, "held", answered_with(fleet.waits_for))
                return LOOK_AGAIN_S
            if not await _moved_on(desk):
                _ask(desk, why, touches, await _for_all(desk, fleet))
                await leave_work(desk)
        case _:
            if not await _moved_on(desk):
                return await _go(desk, standing)
    return None


def _stop(desk: Desk, why: str, observed: bool) -> None:
    """End with the plan for a person to carry out; where the engine only observes there is none."""
    case = desk.case
    plan = f"The plan: {told(case.plan)} {case.by_hand}".strip()
    if observed and not case.told.dry_run:
        case.plan, plan = {}, case.by_hand
    case.end(desk.now, NEEDS_PERSON, f"{case.cause}, {why}" if observed else why, plan)


def _record(desk: Desk, permit: Permit) -> None:
    """Which rule said how far this fix may go, once for each step."""
    said = {"step": desk.case.step, "fix": desk.fix.name, "mode": str(permit.mode), "rule": permit.rule}
    if said not in desk.case.permits:
        desk.case.permits.append(said)


async def _moved_on(desk: Desk) -> bool:
    """Whether the world went another way while the case waited: backups work again, or others share what is changed."""
    case = desk.case
    if healed := await healed_by(desk):
        case.proof_job, case.phase = healed, "prove"
        case.note(desk.now, "healed", f"the backup job {healed} completed meanwhile")
        return True
    if (
        case.cause not in CAUSES
        or case.diagnosis.get("at") == desk.now.isoformat()
        or await desk.changes.last_change() is not None
    ):
        return False
    if list((await CAUSES[case.cause].examine(desk.facts)).affects) == case.plan["affects"]:
        return False
    case.phase = "diagnose"
    case.note(desk.now, "looked again", "other machines than before share what would be changed: planning anew")
    return True


async def outgrown(desk: Desk) -> bool:
    """Whether the step, which a person approved, would by now touch more than was named to them."""
    if desk.case.ask.get("step") != desk.case.step:
        return False
    return not is_approved(desk, await desk.fix.preview(await desk.scene()))


async def _for_all(desk: Desk, fleet: Place | None) -> list[Any]:
    """The other cases for which the question is asked too: from then on they are those of the plan."""
    if fleet is None or not fleet.leads or desk.case.step or desk.case.plan["asks"]:
        return []
    return others(replace(fleet, fleet=await desk.engine.fleets.ask(fleet.fleet)))


def _ask(desk: Desk, why: str, touches: tuple[str, ...], for_others: list[Any]) -> None:
    """Ask about this very plan; its hash is what an answer is bound to."""
    case, now = desk.case, desk.now
    case.plan = for_all(case.plan, for_others)
    if case.step and case.plan["from"] != case.step:
        case.plan = asked_from(case.plan, case.step, NeedsApproval("", touches=touches))
    elif sorted(touches) != case.plan["steps"][case.step]["touches"]:
        case.plan = asked_from(case.plan, case.step, NeedsApproval(case.plan["asks"], touches=touches))
    expires = now + timedelta(hours=desk.engine.policy.limits.approval_hours)
    before = case.ask.get("hash")
    changed = " The facts changed since the last answer." if before and before != case.plan["hash"] else ""
    case.ask = {
        "hash": case.plan["hash"],
        "why": why,
        "at": now.isoformat(),
        "expires": expires.isoformat(),
        "answer": "",
    }
    case.phase = "ask"
    tell("approval.waiting", case=case.id, machine=case.machine, cause=case.cause, until=case.ask["expires"])
    case.note(now, "asks", f"{why}.{changed} Plan {case.plan['hash'][:12]}: {told(case.plan)}")


async def _go(desk: Desk, standing: Standing) -> float | None:
    """The last limits: how many cases work at once; and what proof will need is read before the first change."""
    case = desk.case
    if not await _places_at_work(desk):
        case.note(desk.now, "held", FULL)
        return FULL_S
    if "before" not in case.proof:
        await _read_what_proof_needs(desk)
    by = f"approved by {case.ask['who']}" if standing.approved else f"the policy's mode is {standing.permit.mode}"
    by = "there is nothing that it would touch" if standing.idle and not standing.approved else by
    case.note(desk.now, "gate", f"passed: {by}; plan {case.plan['hash'][:12]}, step {case.step + 1}")
    case.phase, case.step_since = "step", desk.now.isoformat()
    if case.ask:
        case.ask["step"] = case.step if standing.approved else None
    return None


async def _places_at_work(desk: Desk) -> bool:
    case, limits, slots = desk.case, desk.engine.policy.limits, desk.engine.slots
    vault, subscription = work_pools(case.told.item_id)
    if not await slots.take(vault, limits.cases_at_once_per_vault, case.id):
        return False
    if await slots.take(subscription, limits.cases_at_once_per_subscription, case.id):
        return True
    await slots.free(vault, case.id)
    return False


async def _read_what_proof_needs(desk: Desk) -> None:
    """What was there before, and that it can be read; without that nothing could be proven."""
    points = await desk.facts.recovery_points()
    with suppress(Unknown):  # an item without a policy has no schedule; the fixes that need one say so
        await desk.facts.policy()
    newest = points[0] if points else None
    before = (
        {"point": newest.name, "time": newest.time.isoformat(), "consistency": newest.consistency} if newest else {}
    )
    desk.case.proof["before"] = before
