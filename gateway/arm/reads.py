"""Everything the engine may look at in Azure. Reading changes nothing.

Every function may raise what `gateway.arm.errors` draws. Lists are read to their last page. The parts, by who answers:
reads_backup.py, reads_compute.py, reads_authorization.py, reads_policies.py, reads_keyvaults.py, reads_activity.py,
reads_retention.py, reads_network.py; here is what belongs to none of them.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from gateway.arm import ids, raw
from gateway.arm.errors import NotFound, translated
from gateway.arm.model import Resource
from gateway.arm.needs import needs
from gateway.arm.reads_activity import ActivityReads
from gateway.arm.reads_authorization import AuthorizationReads
from gateway.arm.reads_backup import COUNTS_MAX_AGE, BackupReads
from gateway.arm.reads_compute import ComputeReads
from gateway.arm.reads_keyvaults import KeyVaultReads
from gateway.arm.reads_network import NetworkReads
from gateway.arm.reads_policies import PolicyReads
from gateway.arm.reads_retention import RetentionReads

VAULTS = """
resources
| where type =~ 'microsoft.recoveryservices/vaults'
| project id, location
| order by id asc
"""
VM_ITEMS_OF_ALL = """
recoveryservicesresources
| where type =~ 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems'
| where properties.backupManagementType =~ 'AzureIaasVM'
| project id
| order by id asc
"""
ITEMS_OF_MACHINE = """
recoveryservicesresources
| where type =~ 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems'
| where properties.backupManagementType =~ 'AzureIaasVM'
| where properties.sourceResourceId =~ '{machine}'
| project id
| order by id asc
"""


class Reads(
    BackupReads,
    ComputeReads,
    AuthorizationReads,
    PolicyReads,
    KeyVaultReads,
    ActivityReads,
    RetentionReads,
    NetworkReads,
):
    """Reads of one endpoint."""

    @needs("Microsoft.RecoveryServices/locations/backupStatus/action", "Microsoft.Compute/virtualMachines/read")
    async def item_of_machine(self, machine_id: str) -> str:
        """The id of the protected item that backs the machine up; NotFound where it has none."""
        subscription = ids.subscription(machine_id)
        location = (await self.machine(machine_id)).location
        with translated(f"find the vault of {ids.name(machine_id)}"):
            found = await self._clients.backup(subscription).backup_status.get(
                location, {"resourceType": "VM", "resourceId": machine_id}
            )
        vault = found.get("vaultId")
        if not vault:
            raise NotFound(f"{ids.name(machine_id)} is not protected by any Recovery Services vault")
        return (
            f"{vault}/backupFabrics/{found.get('fabricName') or 'Azure'}"
            f"/protectionContainers/{found.get('containerName')}/protectedItems/{found.get('protectedItemName')}"
        )

    @needs("Microsoft.AlertsManagement/alerts/read")
    async def alert_state(self, alert_id: str) -> str:
        """New, Acknowledged or Closed; ValueError where the id is not that of an alert."""
        path = ids.alert_path(alert_id)
        with translated(f"read the alert {ids.name(alert_id)}"):
            found = await raw.get(self._clients.resources(ids.subscription(alert_id)), path, raw.ALERTS_API)
        return str(((found.get("properties") or {}).get("essentials") or {}).get("alertState") or "")

    @needs("Microsoft.Resources/subscriptions/resourceGroups/resources/read")
    async def resources_of_group(self, group_id: str) -> tuple[Resource, ...]:
        with translated(f"list the resources of the group {ids.group(group_id)}"):
            pages = self._clients.resources(ids.subscription(group_id)).resources.list_by_resource_group(
                ids.group(group_id)
            )
            return tuple([Resource(r["id"], r["type"]) async for r in pages])

    @needs(
        "Microsoft.ResourceGraph/resources/read",
        "Microsoft.RecoveryServices/Vaults/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
    )
    async def items_in_region(self, subscriptions: tuple[str, ...], region: str, now: datetime) -> int:
        """How many machines are protected in the region; may be an hour old."""

        async def fetch() -> int:
            vaults = [row async for row in self.query(subscriptions, VAULTS)]
            # A vault protects machines of its own region only, and an item's row need not carry one.
            near = {ids.key(row["id"]) for row in vaults if str(row["location"]).casefold() == region.casefold()}
            items = [str(row["id"]) async for row in self.query(subscriptions, VM_ITEMS_OF_ALL)]
            return sum(ids.key(ids.ItemId.parse(one).vault_id) in near for one in items)

        scope = f"{region.casefold()} {' '.join(sorted(subscriptions))}"
        return await self._shared.get("items in region", scope, now, fetch, COUNTS_MAX_AGE)

    @needs(
        "Microsoft.ResourceGraph/resources/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
    )
    async def items_of_machine(self, machine_id: str) -> tuple[str, ...]:
        """The ids of the machine's protected items in every vault of its subscription, stopped ones too; minutes old.

        Raises ValueError where the id is not a machine's: it becomes part of a query.
        """
        if not ids.MACHINE_ID.fullmatch(machine_id):
            raise ValueError(f"not the id of a machine: {machine_id!r}")
        text = ITEMS_OF_MACHINE.format(machine=machine_id)
        return tuple([str(row["id"]) async for row in self.query((ids.subscription(machine_id),), text)])

    @needs("Microsoft.ResourceGraph/resources/read")
    async def query(self, subscriptions: tuple[str, ...], text: str) -> AsyncIterator[dict[str, Any]]:
        """The rows of a Resource Graph query (1,000 a page, skip token; azure-facts, D); it shows what our role may read."""
        from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

        token: str | None = None
        while True:
            request = QueryRequest(
                subscriptions=list(subscriptions),
                query=text,
                options=QueryRequestOptions(result_format="objectArray", skip_token=token, top=1000),
            )
            with translated("query Resource Graph"):
                answer = await self._clients.graph().resources(request)
            rows: list[dict[str, Any]] = answer.data or []  # type: ignore[assignment]
            for row in rows:
                yield row
            token = answer.skip_token
            if not token:
                return
