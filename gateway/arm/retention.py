"""How long a backup policy keeps recovery points in the vault."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Json = Mapping[str, Any]
_DAYS = {"days": 1, "weeks": 7}
_LONGER = ("weeklySchedule", "monthlySchedule", "yearlySchedule")


@dataclass(frozen=True, slots=True)
class Retention:
    """A policy's shortest retention in days, None where it is not understood; `longer`: it keeps some points longer."""

    policy_id: str
    policy: str
    days: int | None
    longer: bool = False

    def expired(self, points: tuple[datetime, ...], now: datetime) -> int | None:
        """How many points of these times are older than the shortest retention; None where it is not understood."""
        return None if self.days is None else sum(at < now - timedelta(days=self.days) for at in points)


def retention(raw: Json) -> Retention:
    """Of a policy's GET: the daily retention, else the weekly one of a policy that runs once a week."""
    kept = (raw.get("properties") or {}).get("retentionPolicy") or {}
    shortest: Json = (
        kept if "retentionDuration" in kept else kept.get("dailySchedule") or kept.get("weeklySchedule") or {}
    )
    longer = [name for name in _LONGER if kept.get(name) and kept.get(name) is not shortest]
    return Retention(raw["id"], raw["name"], _days(shortest.get("retentionDuration") or {}), bool(longer))


def _days(duration: Json) -> int | None:
    count, unit = duration.get("count"), _DAYS.get(str(duration.get("durationType")).casefold())
    return count * unit if isinstance(count, int) and unit else None
