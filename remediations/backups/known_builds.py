"""Builds of the backup extension that are known to fail, read once from known_builds.toml; a fault in it stops the app."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from gateway.arm.model import Extension, Machine

WAIT, REINSTALL = "wait", "reinstall"
PARTS = 4
"""Numbers of a whole build; what a machine's model says ("1.0") has two and names none."""


@dataclass(frozen=True, slots=True)
class Build:
    """One row: which machines it is about, the first build that works, what is done, who says so."""

    os: str
    extension: str
    below: str
    do: str
    why: str
    source: str
    os_name: str = ""
    os_version: str = ""

    def concerns(self, machine: Machine, extension: Extension) -> bool:
        """Whether the row is about this extension on this system, whatever its build; a system that is not told may be it."""
        system = not machine.os_name or (
            self.os_name in ("", machine.os_name.casefold()) and self.os_version in ("", machine.os_version)
        )
        return machine.os == self.os and extension.type == self.extension and system


def numbers(version: str) -> tuple[int, ...] | None:
    """A whole build as numbers, which compare as text does not; None for anything else."""
    parts = version.split(".")
    whole = len(parts) == PARTS and all(part.isascii() and part.isdigit() for part in parts)
    return tuple(map(int, parts)) if whole else None


def concerning(machine: Machine, extension: Extension, do: str) -> tuple[Build, ...]:
    """The rows of one kind about this extension, whatever its build."""
    return tuple(row for row in BUILDS if row.do == do and row.concerns(machine, extension))


def bad_build(machine: Machine, extension: Extension, do: str) -> Build | None:
    """The row that the extension's build is known to fail by; None where its build, or the system it depends on, is not told."""
    build = numbers(extension.version)
    rows = [row for row in concerning(machine, extension, do) if machine.os_name or not row.os_name]
    return next((row for row in rows if build is not None and build < (numbers(row.below) or ())), None)


def read(text: str) -> tuple[Build, ...]:
    """Raises ValueError that names the row where one lacks its source or says what nobody can do."""
    return tuple(_row(number, raw) for number, raw in enumerate(tomllib.loads(text)["build"], 1))


def _row(number: int, raw: dict[str, str]) -> Build:
    where = f"known_builds.toml: row {number}"
    if unknown := sorted(set(raw) - set(Build.__dataclass_fields__)):
        raise ValueError(f"{where} says {unknown[0]!r}, which means nothing")
    if lacking := [name for name in ("os", "extension", "below", "do", "why", "source") if not raw.get(name)]:
        raise ValueError(f"{where} has no {lacking[0]}")
    if raw["do"] not in (WAIT, REINSTALL) or numbers(raw["below"]) is None:
        raise ValueError(f"{where}: `do` is {WAIT} or {REINSTALL}, and `below` is a build of {PARTS} numbers")
    return Build(**raw)


BUILDS = read(Path(__file__).with_suffix(".toml").read_text("utf-8"))
