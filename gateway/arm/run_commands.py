"""Managed Run Command: a script that runs in a machine's guest, as a resource that is left there until it is deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.arm.parse import time

ENDED = ("Failed", "Succeeded", "TimedOut", "Canceled")
"""The execution states that a script does not leave any more (SDK, ExecutionState)."""


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A run command as the machine shows it; `state` is the script's own, "" where the view says nothing.

    Azure keeps about the last 4 KB of `output`.
    """

    id: str
    name: str
    provisioning_state: str
    state: str
    exit_code: int | None
    output: str = field(repr=False, default="")
    error: str = field(repr=False, default="")
    message: str = ""
    started: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether the script has run, or can no longer run: where the machine could not take it there is no view."""
        return self.state in ENDED or (self.provisioning_state == "Failed" and self.state in ("", "Unknown"))


def run_command(raw: Mapping[str, Any]) -> RunCommand:
    """From its GET with `$expand=instanceView`."""
    p = raw.get("properties") or {}
    view = p.get("instanceView") or {}
    return RunCommand(
        id=raw["id"],
        name=raw["name"],
        provisioning_state=p.get("provisioningState") or "",
        state=view.get("executionState") or "",
        exit_code=view.get("exitCode"),
        output=view.get("output") or "",
        error=view.get("error") or "",
        message=view.get("executionMessage") or "",
        started=time(view.get("startTime")),
    )
