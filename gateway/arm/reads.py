"""Everything the engine may look at in Azure. Reading changes nothing.

Every function may raise what `gateway.arm.errors` draws. Lists are read to their last page.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from gateway.arm import ids, parse, raw
from gateway.arm.clients import Clients
from gateway.arm.errors import NotFound, translated
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
    Started,
)
from gateway.arm.shared import Shared

VM_ITEMS = "backupManagementType eq 'AzureIaasVM'"


class Reads:
    """Reads of one endpoint. `now` in the lists that cases share says how old an answer may be (30 s)."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._shared = Shared()

    def changed(self, kind: str, scope: str) -> None:
        """Called after a write: the shared list of this kind and scope must be read anew."""
        self._shared.expire(kind, ids.key(scope))

    async def item(self, item_id: str) -> ProtectedItem:
        i = ItemId.parse(item_id)
        with translated(f"read the protected item {i.item}"):
            found = await self._clients.backup(i.subscription).protected_items.get(
                i.vault, i.group, i.fabric, i.container, i.item
            )
        return parse.protected_item(found)

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

    async def policy(self, policy_id: str, now: datetime) -> Policy:
        """A backup policy, shared by all cases of its items."""

        async def fetch() -> Policy:
            vault, group = ids.segment(policy_id, "vaults"), ids.group(policy_id)
            with translated(f"read the backup policy {ids.name(policy_id)}"):
                client = self._clients.backup(ids.subscription(policy_id))
                return parse.policy(await client.protection_policies.get(vault, group, ids.name(policy_id)))

        return await self._shared.get("policy", ids.key(policy_id), now, fetch)

    async def job(self, vault_id: str, name: str) -> Job:
        with translated(f"read the job {name}"):
            found = await self._clients.backup(ids.subscription(vault_id)).job_details.get(
                ids.name(vault_id), ids.group(vault_id), name
            )
        return parse.job(found)

    async def jobs(self, vault_id: str, now: datetime) -> tuple[Job, ...]:
        """The vault's VM jobs of the last 24 hours, backups and restores, shared by all cases of the vault."""

        async def fetch() -> tuple[Job, ...]:
            client = self._clients.backup(ids.subscription(vault_id))
            with translated(f"list the jobs of the vault {ids.name(vault_id)}"):
                pages = raw.pages(client, f"{vault_id}/backupJobs", raw.BACKUP_API, filter=VM_ITEMS)
                return tuple([parse.job(found) async for found in pages])

        return await self._shared.get("jobs", ids.key(vault_id), now, fetch)

    async def recovery_points(self, item_id: str) -> tuple[RecoveryPoint, ...]:
        """The item's recovery points, newest first."""
        i = ItemId.parse(item_id)
        with translated(f"list the recovery points of {i.item}"):
            pages = self._clients.backup(i.subscription).recovery_points.list(
                i.vault, i.group, i.fabric, i.container, i.item
            )
            found = [point async for raw in pages if (point := parse.recovery_point(raw))]
        return tuple(sorted(found, key=lambda point: point.time, reverse=True))

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

    async def machine(self, machine_id: str) -> Machine:
        with translated(f"read the machine {ids.name(machine_id)}"):
            found = await self._clients.compute(ids.subscription(machine_id)).virtual_machines.get(
                ids.group(machine_id), ids.name(machine_id), expand="instanceView"
            )
        return parse.machine(found)

    async def collections(self, subscription: str, now: datetime) -> tuple[Collection, ...]:
        """Every restore point collection of the subscription, without its points; shared by all cases of it."""

        async def fetch() -> tuple[Collection, ...]:
            path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/restorePointCollections"
            with translated("list the restore point collections"):
                pages = raw.pages(self._clients.compute(subscription), path, raw.COMPUTE_API)
                return tuple([parse.collection(found) async for found in pages])

        return await self._shared.get("collections", ids.key(subscription), now, fetch)

    async def collection(self, collection_id: str) -> Collection:
        """One collection with its points."""
        with translated(f"read the restore point collection {ids.name(collection_id)}"):
            client = self._clients.compute(ids.subscription(collection_id))
            found = await raw.get(client, collection_id, raw.COMPUTE_API, expand="restorePoints")
        return parse.collection(found)

    async def locks(self, subscription: str, now: datetime) -> tuple[Lock, ...]:
        """Every management lock of the subscription and below it: one list, shared (azure-facts, C, Locks)."""

        async def fetch() -> tuple[Lock, ...]:
            with translated("list the management locks"):
                pages = self._clients.locks(subscription).management_locks.list_at_subscription_level()
                return tuple([parse.lock(found) async for found in pages])

        return await self._shared.get("locks", ids.key(subscription), now, fetch)

    async def locks_reaching(self, scope: str, now: datetime) -> tuple[Lock, ...]:
        """The locks that bind the scope: on it, above it or below it."""
        locks = await self.locks(ids.subscription(scope), now)
        return tuple(lock for lock in locks if ids.within(lock.scope, scope) or ids.within(scope, lock.scope))

    async def lock(self, lock: Lock) -> Lock | None:
        """The lock as it is now, None where there is none of that name at that scope."""
        try:
            with translated(f"read the lock {lock.name}"):
                found = await self._clients.locks(ids.subscription(lock.id)).management_locks.get_by_scope(
                    lock.scope.lstrip("/"), lock.name
                )
        except NotFound:
            return None
        return parse.lock(found)

    async def resources_of_group(self, group_id: str) -> tuple[Resource, ...]:
        with translated(f"list the resources of the group {ids.group(group_id)}"):
            pages = self._clients.resources(ids.subscription(group_id)).resources.list_by_resource_group(
                ids.group(group_id)
            )
            return tuple([Resource(r["id"], r["type"]) async for r in pages])

    async def query(self, subscriptions: tuple[str, ...], text: str) -> AsyncIterator[dict[str, Any]]:
        """The rows of a Resource Graph query, page by page (1,000 rows a page, skip token; azure-facts, D)."""
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
