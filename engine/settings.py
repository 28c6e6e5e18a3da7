"""What the owner sets: read from a mapping, never from the environment at import.

A bad value never stops the app: it is reported in `problems`, and while there is one nothing is changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MODES = ("plan", "auto")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings with their defaults, which are safe: a new installation plans and changes nothing."""

    arm_endpoint: str = "https://management.azure.com"
    identity: str = ""
    store_url: str = ""
    subscriptions: tuple[str, ...] = ()
    mode: str = "plan"
    lease_hours: float = 48
    on_demand_per_day: int = 2
    on_demand_retention_days: int = 30
    sweep_max_cases: int = 20
    problems: tuple[str, ...] = field(default=())

    @property
    def changes_off(self) -> str:
        """Why nothing may be changed, "" where changes are allowed."""
        if self.problems:
            return f"a setting is wrong: {self.problems[0]}"
        return "" if self.mode == "auto" else "the setting MODE is `plan`: cases are planned, nothing is changed"


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

    mode = values.get("MODE") or "plan"
    if mode not in MODES:
        problems.append(f"MODE must be one of {', '.join(MODES)}, not {mode!r}")
        mode = "plan"
    if not values.get("STORE_URL"):
        problems.append("STORE_URL is not set: give the table endpoint of a storage account, or sqlite:///path/file.db")
    read: dict[str, Any] = {
        "arm_endpoint": values.get("ARM_ENDPOINT") or "https://management.azure.com",
        "identity": values.get("AZURE_CLIENT_ID") or "",
        "store_url": values.get("STORE_URL") or "",
        "subscriptions": tuple(s.strip() for s in (values.get("SUBSCRIPTIONS") or "").split(",") if s.strip()),
        "mode": mode,
        "lease_hours": number("LEASE_HOURS", 48, 1, 336),
        "on_demand_per_day": int(number("ON_DEMAND_PER_DAY", 2, 0, 3)),
        "on_demand_retention_days": int(number("ON_DEMAND_RETENTION_DAYS", 30, 1, 9999)),
        "sweep_max_cases": int(number("SWEEP_MAX_CASES", 20, 1, 1000)),
    }
    return Settings(**read, problems=tuple(problems))
