"""What causes and fixes ask about one protected item: each fact read once a turn, on first need.

Raises what `gateway.arm.errors` draws, and `Unknown` for a fact that Azure answered without saying enough.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gateway.arm import ids
from gateway.arm.deny_delete import DenyDeletePolicy
from gateway.arm.errors import NotFound
from gateway.arm.ids import ItemId
from gateway.arm.model import (
    Collection,
    Job,
    Lock,
    Machine,
    Policy,
    ProtectedItem,
    RecoveryPoint,
    Resource,
    Vault,
)
from gateway.arm.rights import DenyAssignment, Permissions
from remediations import fence

STANDARD_POINT_LIMIT = 18
"""Instant restore points of one VM under a Standard (V1) policy (azure-facts, D; UserErrorRpCollectionLimitReached)."""


class Unknown(Exception):
    """A fact that could not be established; nothing may be changed on the strength of it."""


class Reads(Protocol):
    """What facts need of the gateway; `gateway.arm.reads.Reads` is one."""

    async def item(self, item_id: str) -> ProtectedItem: ...
    async def vault(self, vault_id: str, now: datetime) -> Vault: ...
    async def policy(self, policy_id: str, now: datetime) -> Policy: ...
    async def job(self, vault_id: str, name: str) -> Job: ...
    async def jobs(self, vault_id: str, now: datetime) -> tuple[Job, ...]: ...
    async def recovery_points(self, item_id: str) -> tuple[RecoveryPoint, ...]: ...
    async def machine(self, machine_id: str) -> Machine: ...
    async def collections(self, subscription: str, now: datetime) -> tuple[Collection, ...]: ...
    async def collection(self, collection_id: str) -> Collection: ...
    async def locks_reaching(self, scope: str, now: datetime) -> tuple[Lock, ...]: ...
    async def lock(self, lock: Lock) -> Lock | None: ...
    async def permissions(self, scope: str) -> Permissions: ...
    async def deny_assignments(self, scope: str) -> tuple[DenyAssignment, ...]: ...
    async def deny_delete_policies(self, scope: str, now: datetime) -> tuple[DenyDeletePolicy, ...]: ...
    async def resources_of_group(self, group_id: str) -> tuple[Resource, ...]: ...


LeasesOut = Callable[[str], Awaitable[list[Lock]]]
"""The locks that the engine itself has lifted from a group and owes it."""


@dataclass(frozen=True, slots=True)
class RestorePointGroup:
    """The group that holds the item's collection, proven to hold nothing but collections and snapshots."""

    id: str
    collection: Collection
    shared_with: tuple[str, ...]


class Facts:
    """The facts about one item in one turn."""

    def __init__(self, reads: Reads, item_id: str, now: datetime, leases_out: LeasesOut, failed_job: str = "") -> None:
        self.item_id = item_id
        self.now = now
        self._failed_job = failed_job
        self._reads = reads
        self._leases_out = leases_out
        self._known: dict[str, asyncio.Task[Any]] = {}

    def _once[T](self, name: str, read: Callable[[], Coroutine[Any, Any, T]]) -> "asyncio.Task[T]":
        if name not in self._known:
            self._known[name] = asyncio.ensure_future(read())
        return self._known[name]

    def known(self) -> dict[str, Any]:
        """The facts that were read in this turn, by name, in order; what could not be read is its error."""
        done = {name: task for name, task in self._known.items() if task.done() and not task.cancelled()}
        return {name: task.exception() or task.result() for name, task in done.items()}

    @property
    def vault_id(self) -> str:
        return ItemId.parse(self.item_id).vault_id

    async def item(self) -> ProtectedItem:
        return await self._once("protected item", lambda: self._reads.item(self.item_id))

    async def vault(self) -> Vault:
        """The vault with its tags, and whether its points can be deleted at all."""
        return await self._once("vault", lambda: self._reads.vault(self.vault_id, self.now))

    async def policy(self) -> Policy:
        """The backup policy; Unknown where the item has none (protection stopped)."""

        async def read() -> Policy:
            policy_id = (await self.item()).policy_id
            if not policy_id:
                raise Unknown("the protected item has no backup policy")
            return await self._reads.policy(policy_id, self.now)

        return await self._once("backup policy", read)

    async def machine(self) -> Machine:
        """The machine with its instance view; NotFound where it is gone."""

        async def read() -> Machine:
            return await self._reads.machine((await self.item()).machine_id)

        return await self._once("machine", read)

    async def failed_job(self) -> Job:
        """The job of the failure, with its details: the one announced, else the newest failed backup on the list.

        Raises Unknown where the list holds no failed backup, or the announced job is another machine's.
        """
        name = self._failed_job or next((job.name for job in await self.backups() if job.failed), "")
        if not name:
            raise Unknown("no failed backup job of the last 24 hours is on the vault's list")
        job = await self.job(name)
        if not job.container_name.endswith(f";{ItemId.parse(self.item_id).unique_name}"):
            raise Unknown(f"the job {name} is not this item's but that of {job.container_name or 'nobody named'}")
        return job

    async def job(self, name: str) -> Job:
        return await self._once(f"job {name}", lambda: self._reads.job(self.vault_id, name))

    async def jobs(self) -> tuple[Job, ...]:
        """The item's jobs of the last 24 hours, newest first. New ones show up late."""

        async def read() -> tuple[Job, ...]:
            unique = ItemId.parse(self.item_id).unique_name
            listed = await self._reads.jobs(self.vault_id, self.now)
            mine = [job for job in listed if job.container_name.endswith(f";{unique}")]
            return tuple(sorted(mine, key=lambda j: j.start or self.now, reverse=True))

        return await self._once("jobs", read)

    async def backups(self) -> tuple[Job, ...]:
        """The item's backup jobs, newest first."""
        return tuple(job for job in await self.jobs() if job.operation == "Backup")

    async def running(self) -> tuple[Job, ...]:
        """Backup and restore jobs of the item that have not ended."""
        return tuple(job for job in await self.jobs() if job.running)

    async def recovery_points(self) -> tuple[RecoveryPoint, ...]:
        """The vault's recovery points of the item, newest first."""
        return await self._once("recovery points", lambda: self._reads.recovery_points(self.item_id))

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

    async def lock_now(self, lock: Lock) -> Lock | None:
        """The lock as it is at this moment, None where it is gone: the list may be half a minute old."""
        return await self._reads.lock(lock)

    async def locks_lifted(self) -> list[Lock]:
        """The locks that the engine has lifted from the item's restore point group and still owes it."""
        group = await self.restore_point_group()
        return await self._leases_out(group.id) if group else []
