"""What is asked about backup jobs of the machine that have not ended, in this vault and in the others that know it."""

from gateway.arm import ids
from gateway.arm.ids import ItemId
from gateway.arm.model import Job, ProtectedItem
from remediations.facts.item import ItemFacts
from remediations.facts.reads import Unknown

VAULTS_ASKED = 3
"""Other vaults that are asked for jobs; a machine that was moved between more of them is told as unknown."""


class UnfinishedFacts(ItemFacts):
    """Backups that still run, however long ago they began."""

    async def vault_jobs(self) -> tuple[Job, ...]:
        """The vault's jobs of the last 24 hours, those of other machines too."""
        return await self._once("jobs of the vault", lambda: self._reads.jobs(self.vault_id, self.now))

    async def unfinished_backups(self) -> tuple[Job, ...]:
        """The item's own, with their details, the oldest first."""

        async def read() -> tuple[Job, ...]:
            return await self._unfinished_in(self.vault_id)

        return await self._once("unfinished backups", read)

    async def unfinished_elsewhere(self) -> tuple[Job, ...]:
        """Those of the same machine in other vaults of its subscription, with their details, the oldest first."""

        async def read() -> tuple[Job, ...]:
            vaults = await self.other_vaults()
            if len(vaults) > VAULTS_ASKED:
                raise Unknown(f"the machine stands in {len(vaults)} other vaults, more than are asked for jobs")
            return tuple([job for vault in vaults for job in await self._unfinished_in(vault)])

        return await self._once("unfinished backups in other vaults", read)

    async def other_vaults(self) -> tuple[str, ...]:
        """The ids of the other vaults that hold an item of this machine; Unknown where the query shows not even ours."""

        async def read() -> tuple[str, ...]:
            machine = (await self.item()).machine_id
            if not ids.MACHINE_ID.fullmatch(machine):
                raise Unknown(f"the protected item names no machine: {machine!r}")
            found = [ItemId.parse(one).vault_id for one in await self._reads.items_of_machine(machine)]
            if not any(ids.same(vault, self.vault_id) for vault in found):
                raise Unknown(
                    "Resource Graph does not show this very item, so it would not show another: is the action "
                    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems/read missing?"
                )
            others = {ids.key(vault): vault for vault in found if not ids.same(vault, self.vault_id)}
            return tuple(others.values())

        return await self._once("other vaults of the machine", read)

    async def other_item(self, vault_id: str) -> ProtectedItem:
        """This machine's item in another vault, as Azure Backup itself tells it: Resource Graph may be minutes old."""
        return await self._once(f"item in {vault_id}", lambda: self._reads.item(self.item_in(vault_id)))

    async def other_job(self, job_id: str) -> Job:
        """A job of another vault, by its id."""
        vault, name = ids.vault_of(job_id), ids.name(job_id)
        return await self._once(f"job {name} of {vault}", lambda: self._reads.job(vault, name))

    async def _unfinished_in(self, vault_id: str) -> tuple[Job, ...]:
        unique = ItemId.parse(self.item_id).unique_name
        listed = await self._reads.unfinished_jobs(vault_id, self.now)
        mine = [job for job in listed if job.operation == "Backup" and job.container_name.endswith(f";{unique}")]
        mine.sort(key=lambda job: job.start or self.now)
        return tuple([await self._reads.job(vault_id, job.name) for job in mine])
