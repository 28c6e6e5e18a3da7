"""How long the policies of a vault keep recovery points."""

from datetime import datetime

from gateway.arm import ids, raw
from gateway.arm.errors import translated
from gateway.arm.needs import needs
from gateway.arm.reads_base import Endpoint
from gateway.arm.retention import Retention, retention

VM_POLICIES = "backupManagementType eq 'AzureIaasVM'"


class RetentionReads(Endpoint):
    """Reads of all backup policies of a vault."""

    @needs("Microsoft.RecoveryServices/Vaults/backupPolicies/read")
    async def retentions(self, vault_id: str, now: datetime) -> tuple[Retention, ...]:
        """The retention of each policy for machines; the list is shared by all cases of the vault."""

        async def fetch() -> tuple[Retention, ...]:
            client = self._clients.backup(ids.subscription(vault_id))
            with translated(f"list the backup policies of the vault {ids.name(vault_id)}"):
                pages = raw.pages(client, f"{vault_id}/backupPolicies", raw.BACKUP_API, filter=VM_POLICIES)
                return tuple([retention(found) async for found in pages])

        return await self._shared.get("retentions", ids.key(vault_id), now, fetch)
