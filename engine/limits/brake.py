"""The incident brake of a case: how many items of its region failed alike, against what the policy bears."""

from datetime import datetime

from engine.case import Case
from engine.engine import Engine
from engine.limits.incidents import FEW, Brake
from gateway.arm import ids
from gateway.arm.errors import PASSING, AzureError


async def brake_of(engine: Engine, case: Case, now: datetime) -> str:
    """The incident's case where many items fail alike, else "". Raises what time heals: that is waited for."""
    if not case.region or await engine.incidents.count(case.region, case.code, now) <= FEW:
        return ""
    limits = engine.policy.limits
    own = ids.subscription(case.told.item_id).lower()
    # the failing items are counted over all subscriptions, so the items there are must be too
    subscriptions = tuple(sorted({own, *(one.lower() for one in engine.settings.subscriptions)}))
    try:
        in_region: int | None = await engine.reads.items_in_region(subscriptions, case.region, now)
    except PASSING:
        raise
    except AzureError:
        in_region = None  # then the count alone decides
    brake = Brake(limits.incident_items, limits.incident_percent, in_region)
    return await engine.incidents.on(case.region, case.code, brake, now)
