"""The inside of a machine in the sections that both systems have, and those of Linux: a world declares what differs."""

from collections.abc import Callable, Mapping
from typing import Any

Sections = Mapping[str, Any]

# ASSUMED: what a probe finds on a healthy machine whose backups work; no recording of a guest is at hand.
BOTH: dict[str, Any] = {
    "disks": [{"mount": "/", "free_mb": 20480, "used_pct": 41}],
    "load": {"cpu_pct": 7, "memory_pct": 38},
    "dhcp": {"on": True},
    "reach": {
        "wire_80": True,
        "wire_443": True,
        "wire_32526": True,
        "storage": True,
        "storage_host": "md-hdd-made0up.z1.blob.storage.azure.net",
    },
    "clock": {"skew_s": 0},
    "snapshot": {"status": "Success", "at": "2026-03-01T02:01:00Z"},
}
LINUX: dict[str, Any] = {
    "goal_state": {"files": 6, "errors": 0},
    "mounts": {"duplicates": [], "unreadable": [], "read_only": [], "not_frozen": []},
    "selinux": {"mode": "Disabled", "denials": 0},
}
KEYS = {*BOTH, *LINUX}


def sections(declared: Sections, os: str) -> dict[str, Any]:
    """All sections of a machine of this system; a table is laid over the healthy one, a list stands for it."""
    healthy = BOTH | LINUX if os == "Linux" else BOTH | {"disks": [{**BOTH["disks"][0], "mount": "C:"}]}
    return {name: _over(told, declared.get(name)) for name, told in healthy.items()}


def _over(healthy: Any, declared: Any) -> Any:
    return {**healthy, **declared} if isinstance(declared, Mapping) else healthy if declared is None else declared


def _any(section: str, *names: str) -> Callable[[dict[str, Any]], bool]:
    return lambda found: any(found[section][name] for name in names)


def _full(found: dict[str, Any]) -> bool:
    return any(disk["free_mb"] < 500 for disk in found["disks"])


def _denied(found: dict[str, Any]) -> bool:
    return bool(found["selinux"]["mode"] == "Enforcing" and found["selinux"]["denials"] > 0)


def _cut_off(found: dict[str, Any]) -> bool:
    return not all(found["reach"][way] for way in ("wire_80", "wire_32526", "storage"))


# ASSUMED: which code a backup fails with where a guest is so; the articles of 2025-11 name the code for most states.
NEEDS: tuple[tuple[Callable[[dict[str, Any]], bool], str], ...] = (
    (_any("goal_state", "errors"), "GuestAgentSnapshotTaskStatusError"),
    (lambda found: not found["dhcp"]["on"], "ExtensionSnapshotFailedNoNetwork"),
    (_cut_off, "ExtensionSnapshotFailedNoNetwork"),
    (_denied, "UserErrorVmNotInDesirableState"),
    (_any("mounts", "unreadable"), "UserErrorUnableToOpenMount"),
    (_any("mounts", "duplicates", "read_only"), "UserErrorFsFreezeFailed"),
    (_full, "ExtensionOperationFailedForManagedDisks"),
    (lambda found: abs(found["clock"]["skew_s"]) > 900, "ExtensionOperationFailedForManagedDisks"),
)
"""What a snapshot needs of a guest: where the first is true, a backup fails with this code. A busy processor is of the moment."""


def need(declared: Sections) -> str:
    """The code that a backup fails with, "" where the guest is healthy. What a Windows machine lacks is healthy."""
    found = sections(declared, "Linux")
    return next((code for broken, code in NEEDS if broken(found)), "")


def _goal_state(**told: int) -> Callable[[Sections], dict[str, Any]]:
    return lambda found: {**found, "goal_state": {**found.get("goal_state", {}), **told}}


def _restarted(found: Sections) -> dict[str, Any]:
    """A restart alone heals an agent that holds no stale files."""
    stale = found.get("goal_state", {}).get("files", LINUX["goal_state"]["files"])
    return dict(found) if stale else _goal_state(errors=0)(found)


FIXES: dict[str, Callable[[Sections], dict[str, Any]]] = {
    "remove stale goal state files": _goal_state(files=0, errors=0),
    "restart guest agent": _restarted,
}
"""What each script does to these sections, by its name."""
