"""Counting restore points, for the causes that ask."""

from datetime import timedelta

from gateway.arm.model import RestorePoint
from remediations.facts import Facts, Unknown

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
