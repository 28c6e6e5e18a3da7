"""What is asked about the protected item itself: its vault, policy, machine, jobs and recovery points."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any

from gateway.arm import ids
from gateway.arm.ids import ItemId
from gateway.arm.model import Job, Lock, Machine, Policy, ProtectedItem, RecoveryPoint, Vault
from remediations.facts.reads import Reads, Unknown

LeasesOut = Callable[[str], Awaitable[list[Lock]]]
"""The locks that the engine itself has lifted from a group and owes it."""


class ItemFacts:
    """Each fact is read once, on first need."""

    def __init__(
        self, reads: Reads, item_id: str, now: datetime, leases_out: LeasesOut, failed_job: str = "", probed: Any = None
    ) -> None:
        self.item_id = item_id
        self.now = now
        self._failed_job = failed_job
        self.probed: dict[str, Any] = probed or {}
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

    def item_in(self, vault_id: str) -> str:
        """The id that this machine's item bears in another vault."""
        return ids.vm_item_id(vault_id, ItemId.parse(self.item_id).container.partition(";")[2])

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
