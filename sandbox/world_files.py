"""Finds and reads the declared worlds; `locked_fleet:N` is made, not declared."""

import tomllib
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "worlds"
Declared = dict[str, Any]


class UnknownWorld(Exception):
    """No world of this name, and no file either."""


def names() -> list[str]:
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def declared(name: str) -> tuple[str, Declared]:
    """The world's name and what its file declares. Raises UnknownWorld."""
    if name.startswith("locked_fleet:"):
        return name, fleet(int(name.partition(":")[2]))
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if not path.is_file():
        raise UnknownWorld(f"no world {name!r}; known: {', '.join(names())}, locked_fleet:N, or a .toml file")
    return path.stem, tomllib.loads(path.read_text(encoding="utf-8"))


def fleet(count: int) -> Declared:
    """`count` machines, each with its own locked restore point group, in one subscription and one vault."""
    machines, locks = [], []
    for number in range(1, count + 1):
        group = f"AzureBackupRG_westeurope_{number}"
        machines.append(
            {
                "name": f"vm-{number:03d}",
                "group": f"rg-app-{number % 20:02d}",
                "restore_points": 18,
                "restore_group": group,
                "failure": {"code": "UserErrorRpCollectionLimitReached", "alert": "A1b"},
                "expect": {"cause": "backup_group_locked", "outcome": "remediated", "recurs": True},
            }
        )
        locks.append({"scope": f"group:{group}", "name": "do-not-delete", "notes": f"Protects {group}."})
    # Remaining-requests headers of 2024 start at 449, so a vault of this size has more than the default 150.
    return {
        "title": f"{count} machines, each behind a locked restore point group",
        "requests_per_hour": 450,
        "machine": machines,
        "lock": locks,
    }
