"""What the crash matrix plays: which worlds, under which policy, and how the person in them answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.world_files import declared

APPROVE = Path(__file__).with_name("crash_approve.toml")


@dataclass(frozen=True, slots=True)
class Played:
    """A world of the matrix, under the stage's own policy unless it names one.

    `decision` is what a person says who is asked, where the world itself does not say it.
    """

    world: str
    policy: Path | None = None
    decision: str = ""

    def declaration(self) -> dict[str, Any]:
        name, body = declared(self.world)
        return {"name": name, **body}

    def settings(self) -> dict[str, str]:
        return {"POLICY_FILE": str(self.policy)} if self.policy else {}


MAIN = {
    "locked_group": Played("locked_group"),
    "shared_group": Played("shared_group"),
    "extension_failed": Played("extension_failed"),
    "whole_collection": Played("whole_collection"),
    "approval_wait": Played("locked_group", APPROVE, "approve"),
}
"""The worlds of locks, points, extensions and questions."""

BESIDES = (
    "agent_needs_restart",
    "agent_options",
    "agent_redeploy",
    "backup_stuck",
    "com_services_off",
    "linux_agent_outdated",
    "provider_service_off",
    "stale_goal_state",
    "vss_writers_failed",
)
"""Those in which the other fixes do their work."""

WORLDS = MAIN | {name: Played(name) for name in BESIDES}
