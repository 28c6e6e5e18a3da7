"""What a script of ours has printed, read with care: a document that is cut, foreign or of another version says nothing."""

import json
from dataclasses import dataclass, field
from typing import Any

from remediations.facts.reads import Unknown

END = "azure-backup-runbooks"
VERSION = 1


@dataclass(frozen=True, slots=True)
class GuestReport:
    """A probe's document. What the probe could not tell is None; `section` raises for what it does not hold at all."""

    os: str
    at: str
    sections: dict[str, Any] = field(default_factory=dict)

    def section(self, name: str) -> dict[str, Any]:
        """A part of the document; raises Unknown where the probe left it out."""
        found = self.sections.get(name)
        if not isinstance(found, dict):
            raise Unknown(f"the guest probe says nothing about {name}")
        return found

    def value(self, section: str, name: str) -> Any:
        """One entry; raises Unknown where the probe could not tell it."""
        found = self.section(section).get(name)
        if found is None:
            raise Unknown(f"the guest probe says nothing about {name} ({section})")
        return found

    def told(self, section: str, name: str) -> Any:
        """One entry, None where the probe could not tell it or left its section out."""
        found = self.sections.get(section)
        return found.get(name) if isinstance(found, dict) else None

    def number(self, section: str, name: str) -> int:
        """A whole number; raises Unknown where the probe told something else."""
        found = self.value(section, name)
        if not isinstance(found, int) or isinstance(found, bool):
            raise Unknown(f"the guest probe tells no number as {name} ({section})")
        return found

    def names(self, section: str, name: str) -> list[str]:
        """A list of names; raises Unknown where the probe told something else. A single name may come without its list."""
        found = self.value(section, name)
        found = [found] if isinstance(found, str) else found
        if not isinstance(found, list):
            raise Unknown(f"the guest probe tells no list as {name} ({section})")
        return [str(one) for one in found]


def document(output: str) -> dict[str, Any]:
    """The document in a script's output. Raises Unknown where there is none, or not all of it."""
    line = next((one for one in reversed(output.splitlines()) if one.startswith("{")), "")
    try:
        found = json.loads(line) if line else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("end") != END:
        said = "cut off" if output.strip() else "empty"
        raise Unknown(f"the output of the script in the guest is {said}")
    return found


def probe_report(found: dict[str, Any]) -> GuestReport:
    """A probe's document as a report. Raises Unknown where it is of a version that is not known."""
    if found.get("probe") != VERSION:
        raise Unknown(f"the guest probe's document is of version {found.get('probe')!r}, not {VERSION}")
    rest = {name: value for name, value in found.items() if name not in ("probe", "os", "at", "end")}
    return GuestReport(str(found.get("os") or ""), str(found.get("at") or ""), rest)
