"""What is asked about the item's restore points: its collection, the group it lies in, and what guards that group."""

import asyncio
from dataclasses import dataclass

from gateway.arm import ids
from gateway.arm.deny_creation import DenyCreationPolicy
from gateway.arm.deny_delete import DenyDeletePolicy
from gateway.arm.errors import NotFound
from gateway.arm.model import Collection, Lock
from gateway.arm.rights import DenyAssignment, Permissions
from remediations import fence
from remediations.facts.item import ItemFacts
from remediations.facts.reads import Unknown

STANDARD_POINT_LIMIT = 18
"""Instant restore points of one VM under a Standard (V1) policy (azure-facts, D; UserErrorRpCollectionLimitReached)."""


@dataclass(frozen=True, slots=True)
class RestorePointGroup:
    """The group that holds the item's collection, proven to hold nothing but collections and snapshots."""

    id: str
    collection: Collection
    shared_with: tuple[str, ...]


class RestorePointFacts(ItemFacts):
    """The restore points as they lie in Azure, behind the fence."""

    async def collections(self) -> tuple[Collection, ...]:
        """Every restore point collection whose source is this machine, with its points, in whatever group."""

        async def read() -> tuple[Collection, ...]:
            machine_id = (await self.item()).machine_id
            listed = await self._all_collections()
            mine = [c for c in listed if ids.same(c.source_id, machine_id)]
            found = await asyncio.gather(*[self._collection_now(c.id) for c in mine])
            return tuple(c for c in found if c is not None)

        return await self._once("restore point collections", read)

    async def _collection_now(self, collection_id: str) -> Collection | None:
        """None where it is gone: the list lags behind a deletion."""
        try:
            return await self._reads.collection(collection_id)
        except NotFound:
            return None

    async def _all_collections(self) -> tuple[Collection, ...]:
        subscription = ids.subscription((await self.item()).machine_id)
        return await self._reads.collections(subscription, self.now)

    async def own_collection(self) -> Collection | None:
        """The item's own collection, None where it has none; Unknown where those found do not pass the fence."""
        item, machine = await self.item(), await self.machine()
        outside = {c.name: fence.outside_collection(c, item, machine) for c in await self.collections()}
        ours = [c for c in await self.collections() if not outside[c.name]]
        if len(ours) == 1:
            return ours[0]
        if not ours and not outside:
            return None
        raise Unknown("; ".join(reason for reason in outside.values() if reason) or "more than one collection matches")

    async def restore_point_group(self) -> RestorePointGroup | None:
        """The item's restore point group, None where it has none; Unknown where it does not pass the fence."""
        return await self._once("restore point group", self._read_group)

    async def _read_group(self) -> RestorePointGroup | None:
        collection = await self.own_collection()
        if collection is None:
            return None
        group_id = ids.group_id(collection.id)
        outside = fence.outside_group(group_id, await self._reads.resources_of_group(group_id), collection)
        if outside:
            raise Unknown(outside)
        neighbours = {
            ids.key(c.source_id): c.source_id
            for c in await self._all_collections()
            if ids.within(c.id, group_id) and not ids.same(c.source_id, collection.source_id)
        }  # each once, always in one order: the plan's hash must not change with the order of Azure's list
        return RestorePointGroup(group_id, collection, tuple(neighbours[key] for key in sorted(neighbours)))

    async def locks_reaching_group(self) -> tuple[Lock, ...]:
        """The locks on the item's restore point group, above it and below it."""
        group = await self.restore_point_group()
        return await self.locks_reaching(group.id) if group else ()

    async def locks_reaching(self, scope: str) -> tuple[Lock, ...]:
        """The locks on a scope, above it and below it."""
        return await self._once(f"locks reaching {scope}", lambda: self._reads.locks_reaching(scope, self.now))

    async def permissions(self, scope: str) -> Permissions:
        """What our own identity may do at the scope."""
        return await self._once(f"permissions at {scope}", lambda: self._reads.permissions(scope))

    async def deny_assignments_reaching_group(self) -> tuple[DenyAssignment, ...]:
        """The deny assignments that hold for the item's collection, in its group or from above."""

        async def read() -> tuple[DenyAssignment, ...]:
            group = await self.restore_point_group()
            return await self._reads.deny_assignments(group.collection.id) if group else ()

        return await self._once("deny assignments", read)

    async def deny_delete_policies_reaching_group(self) -> tuple[DenyDeletePolicy, ...]:
        """The policies that forbid, or may forbid, deletions in the item's restore point group."""

        async def read() -> tuple[DenyDeletePolicy, ...]:
            group = await self.restore_point_group()
            return await self._reads.deny_delete_policies(group.id, self.now) if group else ()

        return await self._once("deny-delete policies", read)

    async def deny_creation_policies(self) -> tuple[DenyCreationPolicy, ...]:
        """The policies that forbid, or may forbid, creations: in the group of the item's collection, else where one would be made."""

        async def read() -> tuple[DenyCreationPolicy, ...]:
            collection, item = await self.own_collection(), await self.item()
            subscription = f"/subscriptions/{ids.subscription(item.machine_id)}"
            scope = ids.group_id(collection.id) if collection else subscription
            return await self._reads.deny_creation_policies(scope, self.now)

        return await self._once("deny-creation policies", read)

    async def lock_now(self, lock: Lock) -> Lock | None:
        """The lock as it is at this moment, None where it is gone: the list may be half a minute old."""
        return await self._reads.lock(lock)

    async def locks_lifted(self) -> list[Lock]:
        """The locks that the engine has lifted from the item's restore point group and still owes it."""
        group = await self.restore_point_group()
        return await self._leases_out(group.id) if group else []
