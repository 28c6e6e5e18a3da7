"""The inside of a Windows machine, in the sections of the probe's document: a world declares what differs from a healthy one."""

from collections.abc import Callable, Mapping
from typing import Any

Sections = Mapping[str, Any]

# ASSUMED: what a probe finds on a healthy Windows Server whose backups work; no recording of a guest is at hand.
HEALTHY: dict[str, dict[str, Any]] = {
    "services": {
        "RdAgent": "Running/Automatic",
        "VSS": "Stopped/Manual",
        "swprv": "Stopped/Manual",
        "IaasVmProvider": "Stopped/Automatic",
        "COMSysApp": "Running/Manual",
        "MSDTC": "Running/Automatic",
        "msiserver": "Stopped/Manual",
    },
    "msdtc": {"account": "S-1-5-20"},
    "writers": {"answered": True, "total": 11, "failed": []},
    "events": {"app_control": 0, "antivirus": 0, "faulting": 0, "last": None},
    "sql": {"writer": "absent", "copy_only": False, "backups": 0, "errors": 0},
    "host_snapshot": {"on": False, "off": False},
    "tls": {"strong_crypto": True, "off": 0, "errors": 0},
    "vc_redist": {"installed": True},
    "machine_keys": {"changed": False},
    "bitlocker": {"locked": []},
}
KEYS = set(HEALTHY)


def sections(declared: Sections) -> dict[str, dict[str, Any]]:
    """All sections of a machine of which a world, or a fix, says what differs."""
    return {name: {**healthy, **declared.get(name, {})} for name, healthy in HEALTHY.items()}


def _off(service: str) -> Callable[[dict[str, Any]], bool]:
    return lambda found: not found["services"][service].startswith("Running/")


def _disabled(service: str) -> Callable[[dict[str, Any]], bool]:
    return lambda found: found["services"][service].endswith("/Disabled")


# ASSUMED: which code a backup fails with where a guest is so; the articles of 2025-11 name the code for each state.
NEEDS: tuple[tuple[Callable[[dict[str, Any]], bool], str], ...] = (
    (lambda found: found["vc_redist"]["installed"] is not True, "ExtensionVCRedistInstallationFailure"),
    (lambda found: bool(found["machine_keys"]["changed"]), "ExtensionConfigParsingFailure"),
    (lambda found: found["events"]["faulting"] > 0, "VMRestorePointInternalError"),
    (lambda found: found["events"]["app_control"] > 0, "GuestAgentSnapshotTaskStatusError"),
    (_off("MSDTC"), "ExtensionInstallationFailedMDTC"),
    (lambda found: found["msdtc"]["account"] != "S-1-5-20", "ExtensionInstallationFailedMDTC"),
    (_off("COMSysApp"), "ExtensionSnapshotFailedCOM"),
    (lambda found: bool(found["tls"]["off"] or found["tls"]["errors"]), "ExtensionSnapshotFailedNoSecureNetwork"),
    (
        lambda found: not found["services"]["IaasVmProvider"].endswith("/Automatic"),
        "ExtensionOperationFailedForManagedDisks",
    ),
    (_disabled("VSS"), "ExtensionFailedVssServiceInBadState"),
    (_disabled("swprv"), "ExtensionFailedVssServiceInBadState"),
    (lambda found: not found["writers"]["answered"], "ExtensionFailedVssServiceInBadState"),
    (lambda found: bool(found["writers"]["failed"]), "ExtensionFailedVssWriterInBadState"),
    (lambda found: bool(found["bitlocker"]["locked"]), "ExtensionSnapshotBitlockerError"),
)
"""What a snapshot needs of a Windows guest: where the first is true, a backup fails with this code."""


def need(declared: Sections) -> str:
    """The code that a backup fails with, "" where the guest is healthy."""
    found = sections(declared)
    return next((code for broken, code in NEEDS if broken(found)), "")


def _services(**states: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda found: {**found, "services": {**found.get("services", {}), **states}}


def _vss_restarted(found: dict[str, Any]) -> dict[str, Any]:
    """What is disabled starts on demand again; writers of applications, which the script does not know, stay as they are."""
    all_found = sections(found)
    disabled = [name for name in ("VSS", "swprv") if all_found["services"][name].endswith("/Disabled")]
    left = [one for one in all_found["writers"]["failed"] if one["name"] in APPLICATIONS]
    writers = {**found.get("writers", {}), "answered": True, "failed": left}
    return _services(**dict.fromkeys(disabled, "Stopped/Manual"))({**found, "writers": writers})


APPLICATIONS = ("Microsoft Exchange Writer", "NTDS")

FIXES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "enable provider service": _services(IaasVmProvider="Stopped/Automatic"),
    "restart COM services": _services(COMSysApp="Running/Manual", MSDTC="Running/Automatic"),
    "restart VSS services": _vss_restarted,
}
"""What each script does to a Windows guest, by its name."""
