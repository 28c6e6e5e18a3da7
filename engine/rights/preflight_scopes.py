"""Where a deployment needs rights: its subscriptions, and the vaults, restore point groups and machines found in them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from engine.rights.preflight_rights import Place
from gateway.arm import ids
from gateway.arm.reads import VAULTS, Reads
from remediations import fence

MACHINES = """recoveryservicesresources
| where type =~ 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems'
| where properties.backupManagementType =~ 'AzureIaasVM'
| project id, machine = tostring(properties.sourceResourceId)
| order by id asc"""


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope and what it is."""

    id: str
    place: Place


async def vaults(reads: Reads, subscription: str) -> list[Scope]:
    """The Recovery Services vaults that Resource Graph shows."""
    return [Scope(row["id"], Place.VAULT) async for row in reads.query((subscription,), VAULTS)]


async def restore_point_groups(reads: Reads, subscription: str, now: datetime) -> list[Scope]:
    """The groups that hold a restore point collection, and nothing but collections and snapshots."""
    of_group = {ids.key(ids.group_id(one.id)): one for one in await reads.collections(subscription, now)}
    groups = [(ids.group_id(one.id), one) for _, one in sorted(of_group.items())]
    found = [g for g, one in groups if not fence.outside_group(g, await reads.resources_of_group(g), one)]
    return [Scope(group, Place.POINTS) for group in found]


async def machine_groups(reads: Reads, subscription: str) -> list[Scope]:
    """The groups of the protected machines, each once."""
    found = {ids.key(group): group async for group in _groups_of_machines(reads, subscription)}
    return [Scope(found[key], Place.MACHINES) for key in sorted(found)]


async def _groups_of_machines(reads: Reads, subscription: str) -> AsyncIterator[str]:
    async for row in reads.query((subscription,), MACHINES):
        if "/virtualmachines/" in str(row.get("machine") or "").casefold():
            yield ids.group_id(str(row["machine"]))
