"""What Azure Backup knows: vaults, items, policies, jobs, recovery points."""

from datetime import datetime, timedelta

from gateway.arm import ids, parse, raw
from gateway.arm.errors import translated
from gateway.arm.ids import ItemId
from gateway.arm.model import Job, Policy, ProtectedItem, RecoveryPoint, Started, Vault
from gateway.arm.needs import needs
from gateway.arm.reads_base import Endpoint

VM_ITEMS = "backupManagementType eq 'AzureIaasVM'"
COUNTS_MAX_AGE = timedelta(hours=1)
"""How old a count of items may be: it only feeds shares and limits."""
UNFINISHED_DAYS = 30
"""How far back a job that still runs is looked for; a first backup may take days (support matrix)."""


def _unfinished(now: datetime) -> str:
    """The filter as Azure Backup's documentation prints it: times on a 12-hour clock."""
    begun, ended = now - timedelta(days=UNFINISHED_DAYS), now + timedelta(days=1)
    times = f"startTime eq '{begun:%Y-%m-%d %I:%M:%S %p}' and endTime eq '{ended:%Y-%m-%d %I:%M:%S %p}'"
    return f"{VM_ITEMS} and status eq 'InProgress' and {times}"


class BackupReads(Endpoint):
    """Reads of Azure Backup."""

    @needs("Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read")
    async def item(self, item_id: str) -> ProtectedItem:
        i = ItemId.parse(item_id)
        with translated(f"read the protected item {i.item}"):
            found = await self._clients.backup(i.subscription).protected_items.get(
                i.vault, i.group, i.fabric, i.container, i.item
            )
        return parse.protected_item(found)

    @needs("Microsoft.RecoveryServices/Vaults/read")
    async def vault(self, vault_id: str, now: datetime) -> Vault:
        """The vault, shared by all cases of its items."""

        async def fetch() -> Vault:
            with translated(f"read the vault {ids.name(vault_id)}"):
                client = self._clients.backup(ids.subscription(vault_id))
                return parse.vault(await raw.get(client, vault_id, raw.VAULT_API))

        return await self._shared.get("vault", ids.key(vault_id), now, fetch)

    @needs("Microsoft.RecoveryServices/Vaults/backupProtectedItems/read")
    async def items_of_vault(self, vault_id: str, now: datetime) -> int:
        """How many machines the vault protects; may be an hour old."""

        async def fetch() -> int:
            client = self._clients.backup(ids.subscription(vault_id))
            with translated(f"count the protected items of the vault {ids.name(vault_id)}"):
                path, chosen = f"{vault_id}/backupProtectedItems", f"{VM_ITEMS} and itemType eq 'VM'"
                return len([1 async for _ in raw.pages(client, path, raw.BACKUP_API, filter=chosen)])

        return await self._shared.get("items of vault", ids.key(vault_id), now, fetch, COUNTS_MAX_AGE)

    @needs("Microsoft.RecoveryServices/Vaults/backupPolicies/read")
    async def policy(self, policy_id: str, now: datetime) -> Policy:
        """A backup policy, shared by all cases of its items."""

        async def fetch() -> Policy:
            vault, group = ids.segment(policy_id, "vaults"), ids.group(policy_id)
            with translated(f"read the backup policy {ids.name(policy_id)}"):
                client = self._clients.backup(ids.subscription(policy_id))
                return parse.policy(await client.protection_policies.get(vault, group, ids.name(policy_id)))

        return await self._shared.get("policy", ids.key(policy_id), now, fetch)

    @needs("Microsoft.RecoveryServices/Vaults/backupJobs/read")
    async def job(self, vault_id: str, name: str) -> Job:
        with translated(f"read the job {name}"):
            found = await self._clients.backup(ids.subscription(vault_id)).job_details.get(
                ids.name(vault_id), ids.group(vault_id), name
            )
        return parse.job(found)

    @needs("Microsoft.RecoveryServices/Vaults/backupJobs/read")
    async def jobs(self, vault_id: str, now: datetime) -> tuple[Job, ...]:
        """The vault's VM jobs of the last 24 hours, backups and restores, shared by all cases of the vault."""

        async def fetch() -> tuple[Job, ...]:
            client = self._clients.backup(ids.subscription(vault_id))
            with translated(f"list the jobs of the vault {ids.name(vault_id)}"):
                pages = raw.pages(client, f"{vault_id}/backupJobs", raw.BACKUP_API, filter=VM_ITEMS)
                return tuple([parse.job(found) async for found in pages])

        return await self._shared.get("jobs", ids.key(vault_id), now, fetch)

    @needs("Microsoft.RecoveryServices/Vaults/backupJobs/read")
    async def unfinished_jobs(self, vault_id: str, now: datetime) -> tuple[Job, ...]:
        """The vault's VM jobs of the last 30 days that are in progress, shared; the list without times ends at 24 hours."""

        async def fetch() -> tuple[Job, ...]:
            client = self._clients.backup(ids.subscription(vault_id))
            with translated(f"list the unfinished jobs of the vault {ids.name(vault_id)}"):
                pages = raw.pages(client, f"{vault_id}/backupJobs", raw.BACKUP_API, filter=_unfinished(now))
                return tuple([parse.job(found) async for found in pages])

        return await self._shared.get("unfinished jobs", ids.key(vault_id), now, fetch)

    @needs("Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read")
    async def recovery_points(self, item_id: str) -> tuple[RecoveryPoint, ...]:
        """The item's recovery points, newest first."""
        i = ItemId.parse(item_id)
        with translated(f"list the recovery points of {i.item}"):
            pages = self._clients.backup(i.subscription).recovery_points.list(
                i.vault, i.group, i.fabric, i.container, i.item
            )
            found = [point async for raw in pages if (point := parse.recovery_point(raw))]
        return tuple(sorted(found, key=lambda point: point.time, reverse=True))

    @needs(
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read",
        "Microsoft.RecoveryServices/Vaults/backupOperations/read",
    )
    async def backup_job_of(self, item_id: str, started: Started) -> str:
        """The job that an accepted backup became, "" while Azure has not named it yet.

        Follows the signed address verbatim where we still hold it, else asks the vault by operation id.
        """
        i = ItemId.parse(item_id)
        client = self._clients.backup(i.subscription)
        with translated(f"look at the backup operation {started.operation}"):
            if started.poll:
                answer = await raw.follow(client, started.poll)
            else:
                answer = dict(await client.backup_operation_statuses.get(i.vault, i.group, started.operation))
        return str((answer.get("properties") or {}).get("jobId") or "")
