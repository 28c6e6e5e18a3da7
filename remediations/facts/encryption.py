"""What is asked about the encryption of the machine's disks: which Key Vaults hold the keys, and who may use them."""

from gateway.arm import ids
from gateway.arm.encryption import DiskKeys
from remediations.facts.item import ItemFacts
from remediations.facts.reads import Unknown
from remediations.key_vaults.access import Access, Wanted, by_policies, by_roles, judged, needed_on

MOST_DISKS = 4
"""Disks read one by one where the machine itself says nothing of encryption: a diagnosis stays below a dozen reads."""


class EncryptionFacts(ItemFacts):
    """Azure Disk Encryption. `backup_service`: the object id of Azure Backup's service, "" where the owner does not say."""

    backup_service: str = ""

    async def disk_keys(self) -> tuple[DiskKeys, ...]:
        """Where the keys of the machine's disks lie; empty where Azure Disk Encryption is off."""
        return await self._once("disk encryption", self._read_disk_keys)

    async def _read_disk_keys(self) -> tuple[DiskKeys, ...]:
        machine = await self.machine()
        if any(one.secrets for one in machine.disk_keys):
            return machine.disk_keys
        managed = [disk.id for disk in machine.disks if disk.id and not disk.ephemeral]
        for disk_id in managed[:MOST_DISKS]:
            if found := await self._reads.disk_keys(disk_id):
                return found
        if machine.disk_keys or not machine.disks:
            raise Unknown(f"{machine.name} does not say in which Key Vault the keys of its disks lie")
        if len(managed) > MOST_DISKS:
            raise Unknown(f"{machine.name} has {len(managed)} disks, of which the first {MOST_DISKS} are not encrypted")
        return ()

    async def wanted_of_key_vaults(self) -> tuple[Wanted, ...]:
        """Each Key Vault that a backup of the machine needs, once; Unknown where one of them is not named."""
        keys = await self.disk_keys()
        if any(not one.secrets or one.wrapping is None for one in keys):
            raise Unknown("the disks are encrypted, but not every Key Vault that holds their keys is named")
        secrets = {ids.key(one.secrets): one.secrets for one in keys}
        wrapping = {ids.key(one.wrapping): one.wrapping for one in keys if one.wrapping}
        named = {**wrapping, **secrets}
        return tuple(Wanted(named[key], key in secrets, key in wrapping) for key in sorted(named))

    async def key_vault_access(self, wanted: Wanted) -> Access:
        """What Azure Backup's service lacks on one Key Vault."""

        async def read() -> Access:
            vault = await self._reads.key_vault(wanted.vault_id)
            needed = needed_on(vault, wanted)
            if not vault.rbac:
                return judged(vault, wanted, needed, by_policies(vault, needed), self.backup_service)
            assignments = await self._reads.role_assignments(vault.id)
            roles = await self._reads.data_roles(ids.subscription(vault.id), self.now)
            return judged(vault, wanted, needed, by_roles(assignments, roles, needed), self.backup_service)

        return await self._once(f"access to the Key Vault {ids.name(wanted.vault_id)}", read)
