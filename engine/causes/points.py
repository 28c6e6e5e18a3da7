"""Counting restore points, for the causes that ask."""

from datetime import timedelta

from gateway.arm.model import RestorePoint
from remediations.facts import STANDARD_POINT_LIMIT, Facts, Unknown

CLEAN_UP_TAKES = timedelta(days=1)
"""A point counts as left behind a day after its retention: clean-up runs within hours of the next backup."""


async def total(evidence: Facts) -> int:
    """Restore points of the machine over all collections and groups, as the limit counts them (coverage A4)."""
    return sum(len(collection.points or ()) for collection in await evidence.collections())


async def overdue(evidence: Facts) -> list[RestorePoint]:
    """The points of the item's own collection that clean-up should have deleted; Unknown where retention is not said."""
    policy, collection = await evidence.policy(), await evidence.own_collection()
    if policy.snapshot_retention_days is None:
        raise Unknown(f"the policy {policy.name} does not say how long snapshots are kept")
    latest = evidence.now - timedelta(days=policy.snapshot_retention_days) - CLEAN_UP_TAKES
    return [p for p in (collection.points if collection else None) or () if p.created and p.created < latest]


async def not_full(evidence: Facts) -> str:
    """Why the count of the item's restore points is no failure's cause, "" where it is at its limit."""
    if (await evidence.policy()).version != "V1":
        return "under an Enhanced policy the count of restore points proves nothing"
    count = await total(evidence)
    few = count < STANDARD_POINT_LIMIT
    return f"the machine has {count} restore points, the limit is {STANDARD_POINT_LIMIT}" if few else ""
