"""Builds of the backup extension that fail in this world. Nothing here changes anything."""

from sandbox.model import Machine

# Public reports: builds below these fail, the second on Ubuntu 24.04, which is what a sandbox's Linux machine runs.
_WORKS_FROM = (1, 0, 9220, 0)


def bad_build(machine: Machine) -> str | None:
    """The code that a backup fails with because of the extension's build, None where it works."""
    for one in machine.extensions:
        parts = one.version.split(".")
        if one.type == "VMSnapshotLinux" and len(parts) == 4 and tuple(map(int, parts)) < _WORKS_FROM:
            # ASSUMED: a build that does not run leaves the snapshot's status unknown.
            return "GuestAgentSnapshotTaskStatusError"
    return None
