"""The machine was deleted, its protection was not."""

from engine.causes.actions import COLLECTIONS, MACHINE, POINTS
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from gateway.arm.errors import PASSING, AzureError, NotFound
from gateway.arm.model import Collection, RestorePoint
from remediations.backups.restore_point_matching import without_copy
from remediations.facts import Facts, Unknown
from remediations.guides.commands import list_copies, stop_protection, subscription_of


@cause(fixes=[], permissions=[*MACHINE, *COLLECTIONS, *POINTS])
async def machine_gone(evidence: Facts) -> Verdict:
    """The machine no longer exists, but its backup policy still runs."""
    item = await evidence.item()
    if not item.machine_id:
        return ruled_out("the protected item names no machine")
    try:
        machine = await evidence.machine()
    except NotFound:
        return confirmed(
            f"{ids.name(item.machine_id)} is not found at {item.machine_id}",
            instructions=(
                f"If the machine was deleted on purpose, stop its protection and keep its data: `{stop_protection(item.id)}`. If "
                "not, restore it from its newest recovery point, or recreate it with the same name in the same group."
                f"{await _left_behind(evidence)}"
            ),
        )
    return ruled_out(f"{machine.name} exists")


async def _left_behind(evidence: Facts) -> str:
    """The snapshots that outlive the machine until their retention ends: how many, how old, that they cost (coverage C6)."""
    try:
        found = [c for c in await evidence.collections() if c.points]
    except PASSING:
        raise
    except (AzureError, Unknown) as e:
        return f" Whether snapshots of it are left could not be read: {e}."
    return "".join([await _said(evidence, c) for c in found])


async def _said(evidence: Facts, collection: Collection) -> str:
    points, now = collection.points or (), evidence.now
    oldest = min((p.created for p in points if p.created), default=None)
    age = f", the oldest {(now - oldest).days} days old" if oldest else ""
    own = f"-g {ids.group(collection.id)} --collection-name {collection.name} {subscription_of(collection.id)}"
    return (
        f" The restore point collection {collection.name} in {ids.group(collection.id)} still holds {len(points)} snapshot(s) of it"
        f"{age}; they are billed as snapshots until their retention ends. {await _copies(evidence, points)} They go only by your "
        f"decision, with their data: `az restore-point collection delete {own}`."
    )


async def _copies(evidence: Facts, points: tuple[RestorePoint, ...]) -> str:
    """Whether the vault holds what the snapshots hold; how to see it where that cannot be read."""
    try:
        alone = without_copy(points, await evidence.recovery_points())
    except PASSING:
        raise
    except (AzureError, Unknown) as e:
        return f"Whether they have copies in the vault could not be read ({e}): see `{list_copies(evidence.item_id)}`."
    if not alone:
        return "Each of them has a copy in the vault."
    return f"Of {len(alone)} of them no copy in the vault is known for certain: once deleted, their data may be gone for good."
