"""A case that waits looks at the store first: what holds hundreds of cases must not make each of them read Azure.

Azure Backup meters reads by action and hour, 150 to 450 of a kind in a vault (azure-facts, D).
"""

from engine.desk import Desk
from engine.gate.decide import LOOK_AGAIN_S, Hold, after, answered_with, braked, healed_first
from engine.gate.fleet import place_in_fleet
from engine.limits.brake import brake_of
from engine.limits.caps import again_in, caps_of
from engine.switch import read_switch
from gateway.arm import ids
from gateway.arm.ids import ItemId
from remediations.contract import Risk

FULL_S = 300.0
FULL = "as many cases work in this vault or subscription as the policy allows"


async def still_held(desk: Desk) -> Hold | None:
    """What holds a case that was held when it last looked, as far as the store can tell; None where it must look itself."""
    last = desk.case.timeline[-1] if desk.case.timeline else {}
    if desk.case.phase not in ("gate", "step") or last.get("event") != "held":
        return None
    return (
        await _stopped_by_all(desk)
        or await _waits_for_the_first(desk)
        or await _waits_for_its_fleet(desk)
        or await _waits_for_a_place(desk, last["text"])
    )


async def _stopped_by_all(desk: Desk) -> Hold | None:
    """Switch and incident, as gate and guard say them."""
    engine = desk.engine
    if off := engine.settings.changes_off or (await read_switch(engine.rows)).off:
        return Hold(LOOK_AGAIN_S, off)
    incident = await brake_of(engine, desk.case, desk.now)
    return Hold(LOOK_AGAIN_S, braked(incident)) if incident else None


async def _waits_for_the_first(desk: Desk) -> Hold | None:
    case, fix = desk.case, desk.fix
    if case.phase != "gate" or fix.risk is not Risk.DATA:
        return None
    first = await desk.engine.track.ahead(fix.name, ItemId.parse(case.told.item_id).vault_id, case.id)
    return Hold(LOOK_AGAIN_S, after(first)) if first else None


async def _waits_for_its_fleet(desk: Desk) -> Hold | None:
    """Only what it waited for before, and only while the one that goes first is neither answered nor healed."""
    said = desk.case.timeline[-1]["text"]
    place = await place_in_fleet(desk) if desk.case.phase == "gate" else None
    if place is None or not place.waits_for:
        return None
    reason = next((why for why in (healed_first, answered_with) if said == why(place.waits_for)), None)
    return Hold(LOOK_AGAIN_S, said) if reason else None


async def _waits_for_a_place(desk: Desk, said: str) -> Hold | None:
    """Only what it waited for before: a case that has to ask a person asks, whether there is a place or not."""
    engine, case, now = desk.engine, desk.case, desk.now
    if case.phase == "gate" and said == FULL:
        limits, (vault, subscription) = engine.policy.limits, work_pools(case.told.item_id)
        sizes = {vault: limits.cases_at_once_per_vault, subscription: limits.cases_at_once_per_subscription}
        room = [await engine.slots.room(pool, size, case.id) for pool, size in sizes.items()]
        return None if all(room) else Hold(FULL_S, FULL)
    if case.phase == "step":
        for cap in await caps_of(engine, case, "", now):
            if said == cap.said and not await engine.slots.room(cap.pool, cap.size, cap.holder, now):
                return Hold(await again_in(engine, case, cap, now), cap.said)
    return None


def work_pools(item_id: str) -> tuple[str, str]:
    """The pools of the cases at work in the item's vault and in its subscription."""
    vault = ItemId.parse(item_id).vault_id
    return f"work vault {ids.key(vault)}", f"work subscription {ids.subscription(vault).casefold()}"


async def leave_work(desk: Desk) -> None:
    """Give the case's places at work to others: it changes nothing for now."""
    for pool in work_pools(desk.case.told.item_id) if desk.case.told.item_id else ():
        await desk.engine.slots.free(pool, desk.case.id)
