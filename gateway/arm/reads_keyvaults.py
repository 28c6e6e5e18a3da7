"""Where the keys of encrypted disks lie, and who may use them."""

from datetime import datetime, timedelta

from gateway.arm import encryption, ids, key_vaults, raw
from gateway.arm.encryption import DiskKeys
from gateway.arm.errors import translated
from gateway.arm.key_vaults import DataRole, KeyVault, RoleAssignment
from gateway.arm.needs import needs
from gateway.arm.reads_base import Endpoint

KEY_VAULT_API = "2023-07-01"
ROLES_MAX_AGE = timedelta(hours=1)
"""How old the list of role definitions may be: it is long and seldom changes."""
_PROVIDER = "providers/Microsoft.Authorization"


class KeyVaultReads(Endpoint):
    """Reads of disks' encryption, Key Vaults and the roles on them."""

    @needs("Microsoft.Compute/disks/read")
    async def disk_keys(self, disk_id: str) -> tuple[DiskKeys, ...]:
        """Where the keys of one disk lie; empty where Azure Disk Encryption is off."""
        with translated(f"read the disk {ids.name(disk_id)}"):
            client = self._clients.compute(ids.subscription(disk_id))
            return encryption.of_disk(await client.disks.get(ids.group(disk_id), ids.name(disk_id)))

    @needs("Microsoft.KeyVault/vaults/read")
    async def key_vault(self, vault_id: str) -> KeyVault:
        client = self._clients.resources(ids.subscription(vault_id))
        with translated(f"read the Key Vault {ids.name(vault_id)}"):
            return key_vaults.key_vault(await raw.get(client, vault_id, KEY_VAULT_API))

    @needs("Microsoft.Authorization/roleAssignments/read")
    async def role_assignments(self, scope: str) -> tuple[RoleAssignment, ...]:
        """The role assignments that hold for the whole scope: set there, or handed down from above."""
        client = self._clients.resources(ids.subscription(scope))
        with translated(f"list the role assignments of {scope}"):
            path = f"{scope}/{_PROVIDER}/roleAssignments"
            pages = raw.pages(client, path, raw.AUTHORIZATION_API, filter="atScope()")
            listed = [key_vaults.role_assignment(found) async for found in pages]
        return tuple(one for one in listed if one.reaches(scope))

    @needs("Microsoft.Authorization/roleDefinitions/read")
    async def data_roles(self, subscription: str, now: datetime) -> tuple[DataRole, ...]:
        """What every role that may be assigned in the subscription allows on data; may be an hour old."""

        async def fetch() -> tuple[DataRole, ...]:
            client = self._clients.resources(subscription)
            with translated("list the role definitions"):
                path = f"/subscriptions/{subscription}/{_PROVIDER}/roleDefinitions"
                pages = raw.pages(client, path, raw.AUTHORIZATION_API)
                return tuple([key_vaults.data_role(found) async for found in pages])

        return await self._shared.get("role definitions", ids.key(subscription), now, fetch, ROLES_MAX_AGE)
