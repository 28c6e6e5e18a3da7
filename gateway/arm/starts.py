"""Every write to Azure that the engine knows: started, never waited for.

Used by `engine.changes` and `engine.leases` alone (an import contract holds this). An `Unavailable` from one of these
means that the write may or may not have taken effect. A write whose refusal a lock caused reads the list of locks too.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

from gateway.arm import ids, raw
from gateway.arm.clients import Clients
from gateway.arm.errors import AzureError, Locked, translated
from gateway.arm.ids import ItemId
from gateway.arm.model import Lock, Started
from gateway.arm.needs import needs


class Starts:
    """Writes of one endpoint."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @asynccontextmanager
    async def _writing(self, attempted: str) -> AsyncIterator[None]:
        """Translates a write's errors; a lock's refusal is completed by the ids of the locks that the list shows."""
        try:
            with translated(attempted, write=True):
                yield
        except Locked as e:
            e.locks = await self._locks_on(e.scopes)
            raise

    async def _locks_on(self, scopes: tuple[str, ...]) -> tuple[str, ...]:
        found: list[str] = []
        with suppress(AzureError):
            for subscription in {ids.subscription(scope) for scope in scopes}:
                pages = self._clients.locks(subscription).management_locks.list_at_subscription_level()
                with translated("list the management locks"):
                    listed = [str(lock.id) async for lock in pages]
                found += [i for i in listed if any(ids.same(ids.lock_scope(i), scope) for scope in scopes)]
        return tuple(found)

    @needs("Microsoft.Authorization/locks/delete")
    async def delete_lock(self, lock: Lock) -> Started:
        seen = _Seen()
        async with self._writing(f"delete the lock {lock.name} of {lock.scope}"):
            await self._clients.locks(ids.subscription(lock.id)).management_locks.delete_by_scope(
                lock.scope.lstrip("/"), lock.name, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Authorization/locks/write")
    async def write_lock(self, lock: Lock) -> Started:
        """Writes the lock as it is given: level, notes and owners."""
        from azure.mgmt.resource.locks.models import ManagementLockObject, ManagementLockOwner

        seen = _Seen()
        body = ManagementLockObject(
            level=lock.level,
            notes=lock.notes,
            owners=[ManagementLockOwner(application_id=owner) for owner in lock.owners] or None,
        )
        async with self._writing(f"write the lock {lock.name} of {lock.scope}"):
            await self._clients.locks(ids.subscription(lock.id)).management_locks.create_or_update_by_scope(
                lock.scope.lstrip("/"), lock.name, body, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action")
    async def backup(self, item_id: str, expiry: datetime) -> Started:
        """An on-demand backup whose recovery point is kept until `expiry` (UTC)."""
        i, seen = ItemId.parse(item_id), _Seen()
        body: Any = {
            "properties": {
                "objectType": "IaasVMBackupRequest",
                "recoveryPointExpiryTimeInUTC": expiry.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            }
        }
        async with self._writing(f"trigger a backup of {i.item}"):
            await self._clients.backup(i.subscription).backups.trigger(
                i.vault, i.group, i.fabric, i.container, i.item, body, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/restorePointCollections/restorePoints/delete")
    async def delete_restore_point(self, point_id: str) -> Started:
        collection, seen = ids.segment(point_id, "restorePointCollections"), _Seen()
        async with self._writing(f"delete the restore point {ids.name(point_id)}"):
            await self._clients.compute(ids.subscription(point_id)).restore_points.begin_delete(
                ids.group(point_id), collection, ids.name(point_id), polling=False, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/restorePointCollections/delete")
    async def delete_collection(self, collection_id: str) -> Started:
        """Deletes a restore point collection with every point in it."""
        seen = _Seen()
        async with self._writing(f"delete the restore point collection {ids.name(collection_id)}"):
            await self._clients.compute(ids.subscription(collection_id)).restore_point_collections.begin_delete(
                ids.group(collection_id), ids.name(collection_id), polling=False, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/virtualMachines/extensions/delete")
    async def delete_extension(self, machine_id: str, name: str) -> Started:
        seen = _Seen()
        async with self._writing(f"delete the extension {name} of {ids.name(machine_id)}"):
            await self._clients.compute(ids.subscription(machine_id)).virtual_machine_extensions.begin_delete(
                ids.group(machine_id), ids.name(machine_id), name, polling=False, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.AlertsManagement/alerts/changestate/action")
    async def close_alert(self, alert_id: str) -> Started:
        """Sets a fired Azure Monitor alert to Closed; ValueError where the id is not that of an alert."""
        path = ids.alert_path(alert_id)
        async with self._writing(f"close the alert {ids.name(alert_id)}"):
            client = self._clients.resources(ids.subscription(alert_id))
            answered = await raw.post(client, f"{path}/changestate", raw.ALERTS_API, newState="Closed")
        return Started("", answered.headers.get("x-ms-correlation-request-id", ""))


class _Seen:
    """Takes from the first answer what must outlive it: Azure's correlation id and the operation's address."""

    def __init__(self) -> None:
        self._headers: dict[str, str] | None = None

    def __call__(self, answer: Any) -> None:
        if self._headers is None:
            self._headers = {str(k).casefold(): str(v) for k, v in answer.http_response.headers.items()}

    def started(self) -> Started:
        headers = self._headers or {}
        poll = headers.get("azure-asyncoperation") or headers.get("location") or ""
        operation = ids.name(poll.split("?", 1)[0]) if poll else ""
        return Started(operation, headers.get("x-ms-correlation-request-id", ""), poll)
