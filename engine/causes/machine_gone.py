"""The machine was deleted, its protection was not."""

from datetime import datetime

from engine.causes.actions import COLLECTIONS, MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from gateway.arm.errors import PASSING, AzureError, NotFound
from gateway.arm.model import Collection
from remediations.facts import Facts, Unknown


@cause(fixes=[], permissions=[*MACHINE, *COLLECTIONS])
async def machine_gone(evidence: Facts) -> Verdict:
    """The machine no longer exists, but its backup policy still runs."""
    item = await evidence.item()
    if not item.machine_id:
        return ruled_out("the protected item names no machine")
    try:
        machine = await evidence.machine()
    except NotFound:
        vault, left = ids.ItemId.parse(item.id), await _left_behind(evidence)
        return confirmed(
            f"{ids.name(item.machine_id)} is not found at {item.machine_id}",
            instructions=(
                "If the machine was deleted on purpose, stop its protection and keep its data: az backup protection disable "
                f"-g {vault.group} -v {vault.vault} -c '{vault.container}' -i '{vault.item}' --backup-management-type "
                "AzureIaasVM --workload-type VM. If not, restore it from its newest recovery point, or recreate it with the "
                f"same name in the same group.{left}"
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
        return f" Whether snapshots of it are left could not be read: {e}"
    return "".join(_said(c, evidence.now) for c in found)


def _said(collection: Collection, now: datetime) -> str:
    points = collection.points or ()
    oldest = min((p.created for p in points if p.created), default=None)
    age = f", the oldest {(now - oldest).days} days old" if oldest else ""
    group = ids.group(collection.id)
    return (
        f" The restore point collection {collection.name} in {group} still holds {len(points)} snapshot(s) of it{age}; they are billed "
        "as snapshots until their retention ends. They go only by your decision, with their data: az restore-point collection "
        f"delete -g {group} --collection-name {collection.name}"
    )
