"""What it takes to resume protection: a policy, of which each may expire recovery points."""

from collections.abc import Awaitable

from gateway.arm.errors import PASSING, AzureError
from gateway.arm.retention import Retention
from remediations.facts import Facts

MOST_POLICIES = 5


async def told(part: Awaitable[str], otherwise: str) -> str:
    """A part of the guide; the verdict stands without it. Raises what time heals."""
    try:
        return await part
    except PASSING:
        raise
    except AzureError as e:
        return f"{otherwise}: {e}."


async def candidates(evidence: Facts) -> str:
    """What each policy of the vault would do to the item's points; those that expire the fewest first."""
    return await told(_counted(evidence), "What each policy would do to its recovery points is not known")


async def _counted(evidence: Facts) -> str:
    points = tuple(point.time for point in await evidence.recovery_points())
    counted = [(one, one.expired(points, evidence.now)) for one in await evidence.retentions()]
    if not counted:
        return "The vault holds no policy for machines: make one first."
    counted.sort(key=lambda pair: (pair[1] is None, pair[1] or 0, pair[0].policy))
    said = [_said(one, expired) for one, expired in counted[:MOST_POLICIES]]
    more = len(counted) - len(said)
    left = f"; {more} more that expire as many or more" if more else ""
    return f"Of its {len(points)} recovery points these policies would expire: {'; '.join(said)}{left}."


def _said(one: Retention, expired: int | None) -> str:
    if expired is None:
        return f"{one.policy}: not known, its retention is not understood"
    longer = ", fewer where its longer retentions keep some" if one.longer and expired else ""
    return f"{one.policy} (keeps {one.days} days): up to {expired}{longer}"
