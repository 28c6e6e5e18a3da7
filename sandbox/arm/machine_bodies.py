"""The bodies of a virtual machine and of its instance view, as recorded in C25 and C26."""

from datetime import datetime, timedelta

from sandbox.arm.resources import disk_names
from sandbox.arm.wire import Json
from sandbox.model import Extension, Machine
from sandbox.power import SHOWN
from sandbox.times import compute_time, plain_time

_AGENT_PERIOD = timedelta(seconds=22)  # recorded C25: reported 22 s before the answer


def machine_properties(machine: Machine) -> Json:
    base = machine.id.split("/providers/", 1)[0]
    names = disk_names(machine)
    return {
        "hardwareProfile": {"vmSize": machine.size},
        "provisioningState": machine.provisioning,
        "vmId": machine.vm_id,
        "storageProfile": {
            "imageReference": _image(machine),
            "osDisk": {"osType": machine.os, **_disk(base, names[0], machine.disks_gb[0], "FromImage")},
            "dataDisks": [
                {"lun": lun, **_disk(base, name, size, "Attach")}
                for lun, (name, size) in enumerate(zip(names[1:], machine.disks_gb[1:], strict=True))
            ],
        },
        "osProfile": _os_profile(machine),
        "networkProfile": {
            "networkInterfaces": [
                {"id": f"{base}/providers/Microsoft.Network/networkInterfaces/{machine.name}-nic"},
            ]
        },
        "timeCreated": compute_time(machine.created),
    }


def _image(machine: Machine) -> Json:
    if machine.os == "Linux":
        image = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
        return {**image, "version": "latest", "exactVersion": "24.04.202601120"}
    image = {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2022-datacenter-g2"}
    return {**image, "version": "latest", "exactVersion": "20348.4529.251206"}


def _disk(base: str, name: str, size_gb: int, origin: str) -> Json:
    return {
        "name": name,
        "createOption": origin,
        "caching": "ReadWrite",
        "managedDisk": {
            "storageAccountType": "Premium_LRS",
            "id": f"{base}/providers/Microsoft.Compute/disks/{name}",
        },
        "deleteOption": "Detach",
        "diskSizeGB": size_gb,
    }


def _os_profile(machine: Machine) -> Json:
    patches: Json = {"patchMode": "ImageDefault", "assessmentMode": "ImageDefault"}
    profile: Json = {"computerName": machine.name, "adminUsername": "operator"}
    if machine.os == "Linux":
        profile["linuxConfiguration"] = {
            "disablePasswordAuthentication": False,
            "provisionVMAgent": True,
            "patchSettings": patches,
            "enableVMAgentPlatformUpdates": False,
        }
    else:
        profile["windowsConfiguration"] = {
            "provisionVMAgent": True,
            "enableAutomaticUpdates": True,
            "patchSettings": {**patches, "patchMode": "AutomaticByOS"},
            "enableVMAgentPlatformUpdates": False,
        }
    return {**profile, "secrets": [], "allowExtensionOperations": True, "requireGuestProvisionSignal": True}


def instance_view(machine: Machine, now: datetime) -> Json:
    """With a silent or stopped guest, names of computer and OS and the extensions are missing (C26)."""
    heard = machine.agent == "Ready" and machine.power == "running"
    view: Json = {}
    if heard:
        name = "ubuntu" if machine.os == "Linux" else "Windows Server 2022 Datacenter"
        version = "24.04" if machine.os == "Linux" else "10.0.20348.4529"
        view |= {"computerName": machine.name, "osName": name, "osVersion": version}
    if machine.power == "running":
        view["vmAgent"] = _agent(machine, heard, now)
    view["disks"] = [{"name": name, "statuses": [_provisioned(machine)]} for name in disk_names(machine)]
    if heard and machine.extensions:
        view["extensions"] = [_extension_view(one) for one in machine.extensions]
    view["hyperVGeneration"] = "V2"
    power = {"level": "Info", "displayStatus": SHOWN[machine.power]}
    view["statuses"] = [_state(machine), {"code": f"PowerState/{machine.power}", **power}]
    return view


def _agent(machine: Machine, heard: bool, now: datetime) -> Json:
    at = plain_time(now - _AGENT_PERIOD)
    if not heard:
        status = {
            "code": "ProvisioningState/Unavailable",
            "level": "Warning",
            "displayStatus": "Not Ready",
            "message": "VM status blob is found but not yet populated.",
            "time": at,
        }
        return {"vmAgentVersion": "Unknown", "statuses": [status]}
    status = {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Ready",
        "message": "Guest Agent is running",
        "time": at,
    }
    handlers = [_handler(one) for one in machine.extensions]
    return {"vmAgentVersion": machine.agent_version, "statuses": [status], "extensionHandlers": handlers}


def _handler(extension: Extension) -> Json:
    ready = extension.state == "Succeeded"
    status = {
        "code": "ProvisioningState/succeeded" if ready else "ProvisioningState/failed",
        "level": "Info" if ready else "Error",
        "displayStatus": "Ready" if ready else "Not Ready",
        "message": extension.message,
    }
    return {
        "type": f"{extension.publisher}.{extension.type}",
        "typeHandlerVersion": _build(extension),
        "status": status,
    }


def _build(extension: Extension) -> str:
    """The whole build that the instance view shows; that of VMSnapshotLinux as public reports of 2024 print it."""
    if extension.version.count(".") >= 3:
        return extension.version
    return "1.0.9220.0" if extension.type == "VMSnapshotLinux" else f"{extension.version}.0.0"


def _extension_view(extension: Extension) -> Json:
    """The recorded shape of another extension; no recording shows a VMSnapshot."""
    # ASSUMED: a failed VMSnapshot shows ProvisioningState/failed with a message, like any other extension.
    ready = extension.state == "Succeeded"
    status = {
        "code": "ProvisioningState/succeeded" if ready else "ProvisioningState/failed/-1",
        "level": "Info" if ready else "Error",
        "displayStatus": "Provisioning succeeded" if ready else "Provisioning failed",
        "message": extension.message,
    }
    return {
        "name": extension.name,
        "type": f"{extension.publisher}.{extension.type}",
        "typeHandlerVersion": _build(extension),
        "statuses": [status],
    }


def _provisioned(machine: Machine) -> Json:
    text = {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"}
    return {**text, "time": compute_time(machine.created)}


def _failure(machine: Machine) -> tuple[str, str]:
    if machine.change_failed:
        # ASSUMED: the last change's own error stands where the extension's does.
        return "ProvisioningState/failed/NetworkingInternalOperationError", machine.change_failed
    failed = next(one for one in machine.extensions if one.state == "Failed")
    text = f"VM has reported a failure when processing extension '{failed.name}'."
    return "ProvisioningState/failed/VMExtensionProvisioningError", text


def _state(machine: Machine) -> Json:
    at = compute_time(machine.started or machine.created + timedelta(seconds=41.7))
    if machine.provisioning == "Updating":
        return {"code": "ProvisioningState/updating", "level": "Info", "displayStatus": "Updating", "time": at}
    if machine.provisioning == "Failed":
        code, text = _failure(machine)
        return {"code": code, "level": "Error", "displayStatus": "Provisioning failed", "message": text, "time": at}
    return {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "time": at,
    }
