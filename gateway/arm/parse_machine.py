"""A virtual machine's JSON turned into a fact."""

from collections.abc import Mapping

from gateway.arm import encryption
from gateway.arm.model import Disk, Extension, Machine
from gateway.arm.parse import Json, tags_of, time


def machine(raw: Json) -> Machine:
    """The machine from its GET with `$expand=instanceView`."""
    p = raw["properties"]
    view = p.get("instanceView") or {}
    agent = view.get("vmAgent") or {}
    status: Json = next(iter(agent.get("statuses") or ()), {})
    last = _last_change(view)
    disk = (p.get("storageProfile") or {}).get("osDisk") or {}
    return Machine(
        id=raw["id"],
        name=raw["name"],
        vm_id=p.get("vmId") or "",
        location=raw.get("location") or "",
        os=disk.get("osType") or "",
        provisioning_state=p.get("provisioningState") or "",
        power=_power(view),
        agent_ready=_agent_ready(status),
        agent_version=agent.get("vmAgentVersion") or "",
        agent_message=status.get("message") or "",
        extensions=_extensions(raw, view),
        tags=tags_of(raw),
        size=(p.get("hardwareProfile") or {}).get("vmSize") or "",
        os_name=view.get("osName") or "",
        os_version=view.get("osVersion") or "",
        provisioned=time(last.get("time")),
        provisioning_message=last.get("message") or "",
        disks=_disks(p.get("storageProfile") or {}),
        nics=_nics(p.get("networkProfile") or {}),
        disk_keys=encryption.of_machine(raw),
    )


def _disks(storage: Json) -> tuple[Disk, ...]:
    system = storage.get("osDisk") or {}
    found = [_disk(system, None)] if system else []
    return (*found, *(_disk(raw, raw.get("lun")) for raw in storage.get("dataDisks") or ()))


def _disk(raw: Json, lun: int | None) -> Disk:
    return Disk(
        name=raw.get("name") or "",
        id=(raw.get("managedDisk") or {}).get("id") or "",
        lun=lun,
        size_gb=raw.get("diskSizeGB"),
        ephemeral=bool(raw.get("diffDiskSettings")),
    )


def _nics(network: Json) -> tuple[str, ...]:
    listed = network.get("networkInterfaces") or ()
    primary = sorted(listed, key=lambda one: (one.get("properties") or {}).get("primary") is False)
    return tuple(str(one["id"]) for one in primary if one.get("id"))


def _power(view: Json) -> str:
    codes = [str(s.get("code") or "") for s in view.get("statuses") or ()]
    return next((code.split("/", 1)[1] for code in codes if code.startswith("PowerState/")), "")


def _last_change(view: Json) -> Json:
    """The status of the machine's own provisioning, whose time and message every start and every change set anew."""
    own = (s for s in view.get("statuses") or () if str(s.get("code") or "").startswith("ProvisioningState/"))
    return next(own, {})


def _agent_ready(status: Json) -> bool | None:
    if not status.get("code"):
        return None
    return str(status["code"]).casefold() == "provisioningstate/succeeded"


def _extensions(raw: Json, view: Json) -> tuple[Extension, ...]:
    seen = {str(e.get("name")).casefold(): e for e in view.get("extensions") or ()}
    listed = [_extension(r, seen) for r in raw.get("resources") or () if "properties" in r]
    names = {e.name.casefold() for e in listed}
    only_seen = [_seen_extension(e) for name, e in seen.items() if name not in names]
    return (*listed, *only_seen)


def _extension(resource: Json, seen: Mapping[str, Json]) -> Extension:
    p = resource["properties"]
    view = seen.get(resource["name"].casefold(), {})
    return Extension(
        resource["name"],
        p.get("publisher") or "",
        p.get("type") or "",
        view.get("typeHandlerVersion") or p.get("typeHandlerVersion") or "",
        p.get("provisioningState") or "",
        _message(view),
    )


def _seen_extension(view: Json) -> Extension:
    publisher, _, kind = str(view.get("type") or "").rpartition(".")
    codes = [str(s.get("code") or "") for s in view.get("statuses") or ()]
    state = "Failed" if any("failed" in code.casefold() for code in codes) else "Succeeded" if codes else ""
    return Extension(
        str(view.get("name")), publisher, kind, view.get("typeHandlerVersion") or "", state, _message(view)
    )


def _message(view: Json) -> str:
    return next((s["message"] for s in view.get("statuses") or () if s.get("message")), "")
