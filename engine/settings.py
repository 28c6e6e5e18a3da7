"""What the owner sets: read from a mapping, never from the environment at import.

A bad value never stops the app: it is reported in `problems`, and while there is one nothing is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SHIPPED_POLICY = str(Path(__file__).parent.parent / "policy.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings with their defaults. What may be changed the policy says; the shipped one plans and asks."""

    arm_endpoint: str = "https://management.azure.com"
    identity: str = ""
    store_url: str = ""
    subscriptions: tuple[str, ...] = ()
    policy_file: str = SHIPPED_POLICY
    changes: str = "on"
    lease_hours: float = 48
    on_demand_per_day: int = 2
    on_demand_retention_days: int = 30
    sweep_max_cases: int = 50
    problems: tuple[str, ...] = field(default=())

    @property
    def changes_off(self) -> str:
        """Why nothing may be changed, "" where changes are allowed."""
        if self.problems:
            return f"a setting is wrong: {self.problems[0]}"
        return "" if self.changes == "on" else "the setting CHANGES is `off`"


def read_settings(values: Mapping[str, str]) -> Settings:
    """Settings from environment variables; each that is wrong becomes a problem that names it and the fix."""
    problems: list[str] = []

    def number(name: str, otherwise: float, low: float, high: float) -> float:
        text = values.get(name, "")
        try:
            found = float(text) if text else otherwise
        except ValueError:
            found = float("nan")
        if low <= found <= high:
            return found
        problems.append(f"{name} must be a number from {low:g} to {high:g}, not {text!r}")
        return otherwise

    changes = (values.get("CHANGES") or "on").casefold()
    if changes not in ("on", "off"):
        problems.append(f"CHANGES must be `on` or `off`, not {changes!r}")
    if not values.get("STORE_URL"):
        problems.append("STORE_URL is not set: give the table endpoint of a storage account, or sqlite:///path/file.db")
    read: dict[str, Any] = {
        "arm_endpoint": values.get("ARM_ENDPOINT") or "https://management.azure.com",
        "identity": values.get("AZURE_CLIENT_ID") or "",
        "store_url": values.get("STORE_URL") or "",
        "subscriptions": tuple(s.strip() for s in (values.get("SUBSCRIPTIONS") or "").split(",") if s.strip()),
        "policy_file": values.get("POLICY_FILE") or SHIPPED_POLICY,
        "changes": changes,
        "lease_hours": number("LEASE_HOURS", 48, 1, 336),
        "on_demand_per_day": int(number("ON_DEMAND_PER_DAY", 2, 0, 3)),
        "on_demand_retention_days": int(number("ON_DEMAND_RETENTION_DAYS", 30, 1, 9999)),
        "sweep_max_cases": int(number("SWEEP_MAX_CASES", 50, 1, 1000)),
    }
    return Settings(**read, problems=tuple(problems))
