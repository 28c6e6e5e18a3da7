"""Where encryption keys lie, as machines, extensions and disks say it in Azure's documented shapes."""

from typing import Any

import pytest

from gateway.arm.encryption import DiskKeys, of_disk, of_machine
from gateway.arm.parse_machine import machine
from tests.gateway.arm.recorded import recorded

KV = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults"
ON = {
    "EncryptionOperation": "EnableEncryption",
    "KeyVaultResourceId": f"{KV}/One",
    "KeyEncryptionKeyURL": "https://one.vault.azure.net/keys/k/1",
}
BEK = {"sourceVault": {"id": f"{KV}/one"}, "secretUrl": "https://one.vault.azure.net/secrets/s/1"}
KEK = {"sourceVault": {"id": f"{KV}/two"}, "keyUrl": "https://two.vault.azure.net/keys/k/1"}


def extension(settings: Any, publisher: str = "Microsoft.Azure.Security", kind: str = "AzureDiskEncryption") -> Any:
    return {"resources": [{"name": "e", "properties": {"publisher": publisher, "type": kind, "settings": settings}}]}


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (extension(ON), (DiskKeys(f"{KV}/One", f"{KV}/One"),)),
        (extension({**ON, "KekVaultResourceId": f"{KV}/two"}), (DiskKeys(f"{KV}/One", f"{KV}/two"),)),
        (extension({**ON, "KeyEncryptionKeyURL": ""}), (DiskKeys(f"{KV}/One"),)),
        (
            extension({**ON, "KeyEncryptionKeyURL": "https://two.vault.azure.net/keys/k/1"}),
            (DiskKeys(f"{KV}/One", None),),
        ),
        (extension({**ON, "EncryptionOperation": "DisableEncryption"}), ()),
        (extension({"EncryptionOperation": "EnableEncryption", "KeyVaultURL": "https://one"}), (DiskKeys(""),)),
        (extension(None), (DiskKeys(""),)),
        (extension(ON, kind="AzureDiskEncryptionForLinux"), (DiskKeys(f"{KV}/One", f"{KV}/One"),)),
        (extension(ON, publisher="Contoso"), ()),
        (extension(ON, kind="IaaSAntimalware"), ()),
        ({"resources": [{"id": "/only/an/id"}]}, ()),
        ({}, ()),
    ],
)
def test_an_extension_names_the_key_vaults(raw: Any, found: Any) -> None:
    assert of_machine(raw) == found


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"enabled": True, "diskEncryptionKey": BEK}, (DiskKeys(f"{KV}/one"),)),
        ({"enabled": True, "diskEncryptionKey": BEK, "keyEncryptionKey": KEK}, (DiskKeys(f"{KV}/one", f"{KV}/two"),)),
        (
            {"enabled": True, "diskEncryptionKey": BEK, "keyEncryptionKey": {"keyUrl": "x"}},
            (DiskKeys(f"{KV}/one", None),),
        ),
        ({"enabled": True}, (DiskKeys(""),)),
        ({"enabled": False, "diskEncryptionKey": BEK}, ()),
    ],
)
def test_a_machine_and_a_disk_name_them_alike(settings: dict[str, Any], found: Any) -> None:
    assert of_machine({"properties": {"storageProfile": {"osDisk": {"encryptionSettings": settings}}}}) == found
    inner = {key: value for key, value in settings.items() if key != "enabled"}
    disk = {"enabled": settings["enabled"], "encryptionSettings": [inner]}
    assert of_disk({"properties": {"encryptionSettingsCollection": disk}}) == found


def test_a_disk_without_settings_is_not_encrypted_and_one_that_hides_them_is() -> None:
    assert of_disk({"properties": {}}) == ()
    assert of_disk({"properties": {"encryptionSettingsCollection": {"enabled": True}}}) == (DiskKeys(""),)


def test_a_recorded_machine_says_nothing_of_encryption() -> None:
    assert machine(recorded("C25")).disk_keys == ()
