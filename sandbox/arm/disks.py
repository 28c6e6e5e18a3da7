"""Managed disks, and how a machine and its disks show that Azure Disk Encryption is on."""

from sandbox import ids
from sandbox.arm.resources import disk_names
from sandbox.arm.routes import COMPUTE, route
from sandbox.arm.wire import Call, Json, Reply, not_found
from sandbox.key_vaults import DiskKeys
from sandbox.model import Machine
from sandbox.simulation import Simulation
from sandbox.times import compute_time

# ASSUMED: no recording shows a disk, nor encryption settings anywhere; the bodies follow the REST reference and the
# schema of Azure Disk Encryption's extension.


def show_encryption(sim: Simulation, machine: Machine, body: Json) -> Json:
    """The machine's body with what its world shows of the encryption there."""
    keys = sim.state.disk_keys.get(machine.id)
    if keys and keys.shown == "machine":
        body["properties"]["storageProfile"]["osDisk"]["encryptionSettings"] = {**_settings(keys), "enabled": True}
    for one in body.get("resources", []) if keys and keys.shown == "extension" else []:
        if one["properties"]["publisher"] == "Microsoft.Azure.Security":
            one["properties"]["settings"] = _extension_settings(keys)
    return body


def _url(vault: str, kind: str, name: str) -> str:
    return f"https://{vault.rsplit('/', 1)[1]}.vault.azure.net/{kind}/{name}/{ids.guid(vault, name).replace('-', '')}"


def _settings(keys: DiskKeys) -> Json:
    vault = {"sourceVault": {"id": keys.key_vault}}
    settings: Json = {"diskEncryptionKey": {**vault, "secretUrl": _url(keys.key_vault, "secrets", "disk-key")}}
    if keys.kek:
        wrapped = {"sourceVault": {"id": keys.kek}, "keyUrl": _url(keys.kek, "keys", "wrapping-key")}
        settings["keyEncryptionKey"] = wrapped
    return settings


def _extension_settings(keys: DiskKeys | None) -> Json:
    if keys is None:
        return {}
    settings = {
        "EncryptionOperation": "EnableEncryption",
        "KeyVaultURL": f"https://{keys.key_vault.rsplit('/', 1)[1]}.vault.azure.net/",
        "KeyVaultResourceId": keys.key_vault,
        "VolumeType": "All",
    }
    if keys.kek:
        url = _url(keys.kek, "keys", "wrapping-key")
        settings |= {"KeyEncryptionKeyURL": url, "KekVaultResourceId": keys.kek, "KeyEncryptionAlgorithm": "RSA-OAEP"}
    return settings


@route("GET", COMPUTE + "/disks/{disk}", "Microsoft.Compute/disks/read", "2020-06-30")
def get_disk(sim: Simulation, call: Call) -> Reply:
    name, group = call.names["disk"], call.names["rg"]
    for machine in sim.state.machines:
        for at, known in enumerate(disk_names(machine)):
            if (known.lower(), machine.group.lower()) == (name.lower(), group.lower()):
                return Reply(200, _disk_body(sim, machine, at))
    raise not_found(f"/providers/Microsoft.Compute/disks/{name}", group)


def _disk_body(sim: Simulation, machine: Machine, at: int) -> Json:
    name, keys = disk_names(machine)[at], sim.state.disk_keys.get(machine.id)
    properties: Json = {
        "creationData": {"createOption": "FromImage" if at == 0 else "Empty"},
        "diskSizeGB": machine.disks_gb[at],
        "timeCreated": compute_time(machine.created),
        "provisioningState": "Succeeded",
        "diskState": "Attached" if machine.power == "running" else "Reserved",
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "uniqueId": ids.guid(machine.vm_id, name),
    }
    if keys and keys.shown != "machine":
        settings = {"enabled": True, "encryptionSettings": [_settings(keys)], "encryptionSettingsVersion": "1.1"}
        properties["encryptionSettingsCollection"] = settings
    return {
        "name": name,
        "id": f"{machine.id.split('/providers/', 1)[0]}/providers/Microsoft.Compute/disks/{name}",
        "type": "Microsoft.Compute/disks",
        "location": machine.location,
        "tags": {},
        "sku": {"name": "Premium_LRS", "tier": "Premium"},
        "managedBy": machine.id,
        "properties": properties,
    }
