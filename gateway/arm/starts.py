"""Every write to Azure that the engine knows: started, never waited for.

Used by `engine.changes` and `engine.leases` alone (an import contract holds this). An `Unavailable` from one of these
means that the write may or may not have taken effect.
"""

from datetime import datetime
from typing import Any

from gateway.arm import ids
from gateway.arm.clients import Clients
from gateway.arm.errors import translated
from gateway.arm.ids import ItemId
from gateway.arm.model import Lock, Started


class Starts:
    """Writes of one endpoint."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def delete_lock(self, lock: Lock) -> Started:
        seen = _Seen()
        with translated(f"delete the lock {lock.name} of {lock.scope}", write=True):
            await self._clients.locks(ids.subscription(lock.id)).management_locks.delete_by_scope(
                lock.scope.lstrip("/"), lock.name, raw_response_hook=seen
            )
        return seen.started()

    async def write_lock(self, lock: Lock) -> Started:
        """Writes the lock as it is given: level, notes and owners."""
        from azure.mgmt.resource.locks.models import ManagementLockObject, ManagementLockOwner

        seen = _Seen()
        body = ManagementLockObject(
            level=lock.level,
            notes=lock.notes,
            owners=[ManagementLockOwner(application_id=owner) for owner in lock.owners] or None,
        )
        with translated(f"write the lock {lock.name} of {lock.scope}", write=True):
            await self._clients.locks(ids.subscription(lock.id)).management_locks.create_or_update_by_scope(
                lock.scope.lstrip("/"), lock.name, body, raw_response_hook=seen
            )
        return seen.started()

    async def backup(self, item_id: str, expiry: datetime) -> Started:
        """An on-demand backup whose recovery point is kept until `expiry` (UTC)."""
        i, seen = ItemId.parse(item_id), _Seen()
        body: Any = {
            "properties": {
                "objectType": "IaasVMBackupRequest",
                "recoveryPointExpiryTimeInUTC": expiry.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            }
        }
        with translated(f"trigger a backup of {i.item}", write=True):
            await self._clients.backup(i.subscription).backups.trigger(
                i.vault, i.group, i.fabric, i.container, i.item, body, raw_response_hook=seen
            )
        return seen.started()

    async def delete_restore_point(self, point_id: str) -> Started:
        collection, seen = ids.segment(point_id, "restorePointCollections"), _Seen()
        with translated(f"delete the restore point {ids.name(point_id)}", write=True):
            await self._clients.compute(ids.subscription(point_id)).restore_points.begin_delete(
                ids.group(point_id), collection, ids.name(point_id), polling=False, raw_response_hook=seen
            )
        return seen.started()

    async def delete_extension(self, machine_id: str, name: str) -> Started:
        seen = _Seen()
        with translated(f"delete the extension {name} of {ids.name(machine_id)}", write=True):
            await self._clients.compute(ids.subscription(machine_id)).virtual_machine_extensions.begin_delete(
                ids.group(machine_id), ids.name(machine_id), name, polling=False, raw_response_hook=seen
            )
        return seen.started()


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
