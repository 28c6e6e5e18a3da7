"""What stands for and against a case's next step: read from policy and store just before the gate decides."""

from datetime import datetime, timedelta

from engine.case import Case
from engine.decisions import APPROVE
from engine.desk import Desk
from engine.fleets import GO, WINDOW
from engine.gate.decide import DAY, Standing
from engine.gate.fleet import Place as FleetPlace
from engine.gate.fleet import turn_of
from engine.gate.places import Places
from engine.limits.brake import brake_of
from engine.policy import Mode, Permit
from engine.switch import read_switch
from gateway.arm.ids import ItemId
from remediations.contract import Risk

NO_CANARY = ("proven", "")


async def standing_of(
    desk: Desk, places: Places, permit: Permit, touches: tuple[str, ...], fleet: FleetPlace | None
) -> Standing:
    """`touches`: what the step would touch now. Raises what reading raises: what is not known holds the step back."""
    engine, case, now = desk.engine, desk.case, desk.now
    vault, fix = ItemId.parse(case.told.item_id).vault_id, desk.fix
    breaker_since = now - timedelta(hours=engine.policy.limits.breaker_hours)
    approved, forbidden = is_approved(desk, touches), _forbidden(desk, places, touches)
    return Standing(
        permit,
        _settles_from(case, fleet),
        forbidden=forbidden,
        broken=engine.broken,
        switched_off=engine.settings.changes_off or (await read_switch(engine.rows)).off,
        incident=await brake_of(engine, case, now),
        attempts=tuple(await engine.track.attempts(case.told.item_key, case.id, now - DAY)),
        failures=await engine.track.failures_in_a_row(fix.name, vault, breaker_since),
        approvals=await engine.track.approvals(fix.name, permit.rule),
        canary=await _canary(desk, vault) if permit.mode >= Mode.APPROVE and not forbidden else NO_CANARY,
        turn=await turn_of(desk, fleet) if permit.mode >= Mode.APPROVE and not forbidden else GO,
        opens=places.opens(engine.policy, fix.risk, now),
        approved=approved,
        idle=fix.risk is Risk.DATA and not touches,
        answered=case.ask.get("answer") == APPROVE,
        asked_anyway="" if approved or case.plan["from"] != case.step else str(case.plan["asks"]),
    )


def _settles_from(case: Case, fleet: FleetPlace | None) -> datetime:
    """From when on a case waits whether more fail alike: where it leads others, from when the last of them came."""
    opened = datetime.fromisoformat(case.opened)
    joined = fleet.fleet.last_joined if fleet and fleet.leads and not fleet.fleet.asked else None
    return min(max(opened, joined), opened + WINDOW) if joined else opened


def _forbidden(desk: Desk, places: Places, touches: tuple[str, ...]) -> str:
    """Why nothing may ever be changed for this case, "" where it may."""
    policy = desk.engine.policy
    if desk.case.told.dry_run:
        return "a dry run was asked for: the plan is made, nothing is changed"
    denied = (policy.denies(touched.partition(" (")[0]) for touched in touches)
    return places.refused(policy) or next((why for why in denied if why), "")


async def _canary(desk: Desk, vault: str) -> tuple[str, str]:
    """One machine of a vault goes first where data is deleted; nobody waits for a canary of any other tier."""
    if desk.fix.risk is not Risk.DATA:
        return NO_CANARY
    return await desk.engine.track.canary(desk.fix.name, vault, desk.case.id, desk.now)


def is_approved(desk: Desk, touches: tuple[str, ...]) -> bool:
    """Whether a person approved this step as it stands: the plan, and everything that it would touch now.

    Data is approved only where the question began with this very step, which names each thing that would go.
    """
    case, ask = desk.case, desk.case.ask
    if ask.get("answer") != "approve" or ask.get("hash") != case.plan["hash"]:
        return False
    step = case.plan["steps"][case.step]
    named = desk.fix.risk is not Risk.DATA or case.plan["from"] == case.step
    return named and set(touches) <= set(step["touches"])
