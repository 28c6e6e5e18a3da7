"""Which restore points may be deleted: the guard of the last copy. Pure.

A point may go only when it is past its snapshot retention and matched one to one with a vault recovery point whose
HardenedRP tier is Valid; oldest first, never the newest. Points are matched by their time of creation, within two
minutes: their names follow a 12-hour clock and are ambiguous (azure-facts, C, RPC naming).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.arm.model import RecoveryPoint, RestorePoint

MATCH_WITHIN = timedelta(minutes=2)


def deletable(
    points: Sequence[RestorePoint],
    recovery_points: Sequence[RecoveryPoint],
    retention: timedelta,
    now: datetime,
) -> list[RestorePoint]:
    """The points that may go, oldest first; a point without a creation time, or being deleted, never is one."""
    known = sorted((p for p in points if p.created is not None), key=_created)
    usable = [p for p in known if p.state == "Succeeded"]  # the newest that can be restored, whatever failed after it
    newest = usable[-1:] if len(known) == len(points) else known
    return [
        point
        for point in known
        if point not in newest
        and point.state == "Succeeded"
        and _created(point) + retention < now
        and _vaulted_copy(point, points, recovery_points)
    ]


def without_copy(points: Sequence[RestorePoint], recovery_points: Sequence[RecoveryPoint]) -> list[RestorePoint]:
    """The points of which no copy in the vault is known for certain: gone, their data may be gone with them."""
    return [p for p in points if p.created is None or not _vaulted_copy(p, points, recovery_points)]


def _created(point: RestorePoint) -> datetime:
    assert point.created is not None
    return point.created


def _vaulted_copy(
    point: RestorePoint, points: Sequence[RestorePoint], recovery_points: Sequence[RecoveryPoint]
) -> bool:
    """Whether one recovery point answers to this point, and to no other point, and is in the vault."""
    near = [r for r in recovery_points if abs(r.time - _created(point)) <= MATCH_WITHIN]
    if len(near) != 1:
        return False
    rivals = [p for p in points if p.created is not None and abs(near[0].time - p.created) <= MATCH_WITHIN]
    return len(rivals) == 1 and near[0].vaulted
