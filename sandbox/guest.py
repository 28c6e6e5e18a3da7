"""The inside of a machine: what an agent, services and disks are really like, which no ARM answer shows.

The sandbox runs no script. It knows a script by its first comment line, `# <maker>: <name>`, and does to the guest what a
script of that name would do. What a probe prints is the document that tests hold against the real scripts' output.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sandbox import guest_common, guest_windows

END = "azure-backup-runbooks"


@dataclass(frozen=True, slots=True)
class Guest:
    """The guest of one machine; as it comes it is healthy. A world declares what differs, in the machine's `guest` table."""

    machine: str
    agent_version: str = "2.11.1.12"
    agent_packaged: str = "2.11.1.12"  # what the distribution's repository holds
    agent_start: str = "enabled"
    agent_back_by: str = ""  # the platform step that brings a silent agent back: reapply, restart, redeploy
    options: dict[str, str] = field(default_factory=lambda: {"Extensions.Enable": "y", "Provisioning.Agent": "auto"})
    common: dict[str, Any] = field(default_factory=dict)  # sections that differ from the healthy ones of guest_common
    windows: dict[str, Any] = field(default_factory=dict)  # sections that differ from the healthy ones of guest_windows
    mute: tuple[str, ...] = ()  # scripts by name that end there without a word

    def but(self, **changed: Any) -> "Guest":
        return replace(self, **changed)


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A run command of a machine."""

    id: str
    machine: str
    name: str
    location: str
    script: str
    timeout_s: int
    provisioning: str = "Creating"
    state: str = "Pending"
    exit_code: int = 0
    output: str = ""
    start: datetime | None = None
    end: datetime | None = None


KEYS = {one.name for one in fields(Guest)} - {"machine"}


def declared_guest(machine: str, declared: dict[str, Any]) -> Guest:
    """The guest as a world declares it; a table such as `options` is laid over the healthy one."""
    healthy = Guest(machine)
    told = {
        key: {**getattr(healthy, key), **value} if isinstance(value, dict) else value for key, value in declared.items()
    }
    return healthy.but(**{key: tuple(value) if isinstance(value, list) else value for key, value in told.items()})


def outdated(version: str) -> bool:
    """Whether a Linux agent is older than 2.2.53.1, the oldest that Azure supports; Windows agents count from 2.7 on."""
    return tuple(map(int, version.split("."))) < (2, 2, 53, 1)


NEEDS: tuple[tuple[Callable[[Guest], bool], str], ...] = (
    (lambda guest: guest.options.get("Extensions.Enable") != "y", "GuestAgentSnapshotTaskStatusError"),
    (lambda guest: guest.options.get("Provisioning.Agent") != "auto", "GuestAgentSnapshotTaskStatusError"),
    (lambda guest: outdated(guest.agent_version), "GuestAgentSnapshotTaskStatusError"),
)
"""What a snapshot needs of the guest: where the first is true, a backup fails with this code (docs of 2025-11)."""


def _in_windows(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Guest], Guest]:
    """A change of a Windows guest; one that finds all as it should be leaves the guest as it is."""

    def changed(guest: Guest) -> Guest:
        after = change(guest.windows)
        same = guest_windows.sections(after) == guest_windows.sections(guest.windows)
        return guest if same else guest.but(windows=after)

    return changed


def _in_common(change: Callable[[guest_common.Sections], dict[str, Any]]) -> Callable[[Guest], Guest]:
    """A change of what both systems or Linux have; the agent's service starts with the system afterwards."""
    return lambda guest: guest.but(common=change(guest.common), agent_start="enabled")


FIXES: dict[str, Callable[[Guest], Guest]] = {
    "set agent options": lambda guest: guest.but(options={"Extensions.Enable": "y", "Provisioning.Agent": "auto"}),
    "update linux agent": lambda guest: guest.but(agent_version=guest.agent_packaged),
    **{name: _in_common(change) for name, change in guest_common.FIXES.items()},
    **{name: _in_windows(change) for name, change in guest_windows.FIXES.items()},
}
"""What each script does to the guest, by its name."""


def guest_need(guest: Guest | None) -> str:
    """The code that a backup fails with, "" where the guest is healthy."""
    if guest is None:
        return ""
    own = next((code for broken, code in NEEDS if broken(guest)), "")
    return own or guest_common.need(guest.common) or guest_windows.need(guest.windows)


def name_of(script: str) -> str:
    """The name in the script's first comment line, "" where it has none of ours."""
    lines = [line for line in script.splitlines()[:3] if line.startswith("# ")]
    return lines[0].partition(": ")[2].strip().removesuffix(".") if lines else ""


def run(guest: Guest, script: str, os: str, now: datetime) -> tuple[Guest, str, int]:
    """The guest afterwards, what the script printed, its exit code. A script that is not known prints nothing."""
    name = name_of(script)
    if name in guest.mute:
        return guest, "", 0
    if name.startswith("probe"):
        return guest, probe_document(guest, os, now), 0
    if name not in FIXES:
        return guest, "", 127
    changed = FIXES[name](guest)
    ok = name != "update linux agent" or not outdated(changed.agent_version)
    told = {"fix": name, "ok": ok, "changed": changed != guest, "said": "as declared", "end": END}
    return changed, json.dumps(told, separators=(",", ":")), 0


def probe_document(guest: Guest, os: str, now: datetime) -> str:
    """What a probe of this guest prints."""
    own = asdict(guest)
    document: dict[str, Any] = {"probe": 1, "os": os, "at": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    service = "WindowsAzureGuestAgent" if os == "Windows" else "walinuxagent"
    start = "Automatic" if os == "Windows" else guest.agent_start
    document["agent"] = {"service": service, "state": "running", "start": start, "version": guest.agent_version}
    document |= guest_common.sections(guest.common, os)
    if os == "Linux":
        document["options"] = own["options"]
    else:
        document |= guest_windows.sections(guest.windows)
    return json.dumps({**document, "end": END}, separators=(",", ":"))
