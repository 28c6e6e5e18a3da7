"""Which worlds are played, and in which order."""

from pathlib import Path

from sandbox.world_files import names

LISTED = (
    "locked_group",
    "shared_group",
    "inherited_lock",
    "full_collection",
    "extension_failed",
    "transient_failure",
    "agent_dead",
    "backup_running",
    "machine_deleted",
    "unknown_code",
    "alert_storm",
)


def to_play(chosen: str) -> list[str]:
    """The chosen world alone, or the listed ones that are there and after them all others."""
    if chosen:
        return [str(Path(chosen).resolve()) if chosen.endswith(".toml") else chosen]
    there = names()
    return [name for name in LISTED if name in there] + [name for name in there if name not in LISTED]


def missing(chosen: str) -> list[str]:
    """Listed worlds without a file; a demo without them is not whole."""
    there = names()
    return [] if chosen else [name for name in LISTED if name not in there]


def label(world: str) -> str:
    """What a world is called here: its name, or its file's name without folder and ending."""
    return Path(world).stem
