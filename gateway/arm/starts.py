"""Every write to Azure that the engine knows: started, never waited for.

Used by `engine.changes` and `engine.leases` alone (an import contract holds this). An `Unavailable` from one of these
means that the write may or may not have taken effect. A write whose refusal a lock caused reads the list of locks too.
"""

from datetime import datetime
from typing import Any

from gateway.arm import ids, raw
from gateway.arm.ids import ItemId
from gateway.arm.model import Lock, Started
from gateway.arm.needs import needs
from gateway.arm.starts_base import Seen
from gateway.arm.starts_machines import MachineStarts


class Starts(MachineStarts):
    """Writes of one endpoint."""

    @needs("Microsoft.Authorization/locks/delete")
    async def delete_lock(self, lock: Lock) -> Started:
        seen = Seen()
        async with self._writing(f"delete the lock {lock.name} of {lock.scope}"):
            await self._clients.locks(ids.subscription(lock.id)).management_locks.delete_by_scope(
                lock.scope.lstrip("/"), lock.name, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Authorization/locks/write")
    async def write_lock(self, lock: Lock) -> Started:
        """Writes the lock as it is given: level, notes and owners."""
        from azure.mgmt.resource.locks.models import ManagementLockObject, ManagementLockOwner

        seen = Seen()
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
        i, seen = ItemId.parse(item_id), Seen()
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

    @needs("Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action")
    async def cancel_job(self, job_id: str) -> Started:
        """Asks for the end of a running job, which Azure grants while it takes its snapshot."""
        vault, seen = ids.segment(job_id, "vaults"), Seen()
        async with self._writing(f"cancel the job {ids.name(job_id)} of the vault {vault}"):
            await self._clients.backup(ids.subscription(job_id)).job_cancellations.trigger(
                vault, ids.group(job_id), ids.name(job_id), raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/restorePointCollections/restorePoints/delete")
    async def delete_restore_point(self, point_id: str) -> Started:
        collection, seen = ids.segment(point_id, "restorePointCollections"), Seen()
        async with self._writing(f"delete the restore point {ids.name(point_id)}"):
            await self._clients.compute(ids.subscription(point_id)).restore_points.begin_delete(
                ids.group(point_id), collection, ids.name(point_id), polling=False, raw_response_hook=seen
            )
        return seen.started()

    @needs("Microsoft.Compute/restorePointCollections/delete")
    async def delete_collection(self, collection_id: str) -> Started:
        """Deletes a restore point collection with every point in it."""
        seen = Seen()
        async with self._writing(f"delete the restore point collection {ids.name(collection_id)}"):
            await self._clients.compute(ids.subscription(collection_id)).restore_point_collections.begin_delete(
                ids.group(collection_id), ids.name(collection_id), polling=False, raw_response_hook=seen
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
