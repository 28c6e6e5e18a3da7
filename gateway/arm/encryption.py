"""Where Azure Disk Encryption keeps the keys of encrypted disks: what a machine, its extension or a disk says of it. Pure.

Server-side encryption with a customer's key does not show here: Azure Backup needs no right for it (azure-facts, E).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.arm import ids

Json = Mapping[str, Any]

PUBLISHER = "microsoft.azure.security"
EXTENSIONS = ("azurediskencryption", "azurediskencryptionforlinux")


@dataclass(frozen=True, slots=True)
class DiskKeys:
    """The Key Vault that holds the keys of disks as secrets, and the one with the key that wraps them; ids.

    `secrets` is "" where it is not said. `wrapping` is "" where no wrapping key is used, None where one is but not in which vault.
    """

    secrets: str
    wrapping: str | None = ""


def of_machine(raw: Json) -> tuple[DiskKeys, ...]:
    """From a machine's GET: its system disk's settings (with Entra application), else the extension's (without)."""
    storage = (raw.get("properties") or {}).get("storageProfile") or {}
    settings = (storage.get("osDisk") or {}).get("encryptionSettings") or {}
    if settings.get("enabled"):
        return (_of_settings(settings),)
    resources = [one.get("properties") or {} for one in raw.get("resources") or ()]
    return tuple(_of_extension(p.get("settings") or {}) for p in resources if _encrypts(p))


def of_disk(raw: Json) -> tuple[DiskKeys, ...]:
    """From a disk's GET; empty where Azure Disk Encryption is off."""
    found = (raw.get("properties") or {}).get("encryptionSettingsCollection") or {}
    if not found.get("enabled"):
        return ()
    return tuple(map(_of_settings, found.get("encryptionSettings") or ({},)))


def _encrypts(extension: Json) -> bool:
    """Whether it is Azure Disk Encryption's extension, and was last told to encrypt."""
    if str(extension.get("publisher")).casefold() != PUBLISHER:
        return False
    operation = str((extension.get("settings") or {}).get("EncryptionOperation") or "")
    return str(extension.get("type")).casefold() in EXTENSIONS and not operation.casefold().startswith("disable")


def _of_settings(settings: Json) -> DiskKeys:
    disk, wrapping = settings.get("diskEncryptionKey") or {}, settings.get("keyEncryptionKey") or {}
    named = (wrapping.get("sourceVault") or {}).get("id")
    return DiskKeys((disk.get("sourceVault") or {}).get("id") or "", named or (None if wrapping else ""))


def _of_extension(settings: Json) -> DiskKeys:
    vault, key = settings.get("KeyVaultResourceId") or "", settings.get("KeyEncryptionKeyURL") or ""
    if not key:
        return DiskKeys(vault)
    host = (urlsplit(key).hostname or "").partition(".")[0]
    same = vault if vault and ids.folded(host) == ids.folded(ids.name(vault)) else None
    return DiskKeys(vault, settings.get("KekVaultResourceId") or same)
