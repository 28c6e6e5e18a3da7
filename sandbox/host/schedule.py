"""NCRONTAB: `{second} {minute} {hour} {day} {month} {day-of-week}`, in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

from sandbox.host.config import ConfigError

SHORTEST_MONITORED = timedelta(minutes=1)
"""Schedules that fire more often are never monitored.
https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer"""


class Schedule:
    """When a timer function runs."""

    def __init__(self, expression: str, function: str) -> None:
        """Raises ConfigError naming the function when the expression is not NCRONTAB."""
        fields = expression.split()
        self._expression = expression if len(fields) == 6 else f"0 {expression}"
        try:
            if len(fields) not in (5, 6):
                raise CroniterBadCronError("it has neither five nor six fields")
            self.after(datetime(2026, 1, 1, tzinfo=UTC))
        except (CroniterBadCronError, CroniterBadDateError) as error:
            raise ConfigError(f"{function}: the schedule {expression!r} cannot be used: {error}") from error

    def after(self, when: datetime) -> datetime:
        """The first occurrence later than `when`; NCRONTAB wants day and weekday both to match."""
        times: Any = croniter(self._expression, when, second_at_beginning=True, day_or=False, ret_type=datetime)
        found: datetime = times.get_next()
        return found

    @property
    def monitored(self) -> bool:
        """Whether the schedule is slow enough to be monitored across restarts."""
        first = self.after(datetime(2026, 1, 1, tzinfo=UTC))
        return self.after(first) - first >= SHORTEST_MONITORED
