"""Fires timer functions on their schedules and remembers across restarts when they last ran."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime

from sandbox.host.alarm import Alarm
from sandbox.host.busy import Busy
from sandbox.host.clock import Clock
from sandbox.host.config import expand
from sandbox.host.database import Database
from sandbox.host.protos import TypedData
from sandbox.host.runner import FunctionRunner
from sandbox.host.schedule import Schedule
from sandbox.host.worker import Function, InvocationFailed

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS timer (function TEXT PRIMARY KEY, last TEXT, next TEXT NOT NULL, updated TEXT NOT NULL);
"""
NEVER = "0001-01-01T00:00:00"
"""What .NET writes for a timer that has not run yet."""


@dataclass(frozen=True, slots=True)
class Status:
    """A timer's last and next occurrence, and when that was written."""

    last: datetime | None
    next: datetime
    updated: datetime


class TimerStore:
    """The status of each monitored timer function."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.connection.executescript(_SCHEMA)

    def read(self, function: str) -> Status | None:
        row = self._database.connection.execute(
            "SELECT last, next, updated FROM timer WHERE function = ?", (function,)
        ).fetchone()
        if row is None:
            return None
        last, following, updated = (datetime.fromisoformat(text) if text else None for text in row)
        return Status(last, following, updated) if following and updated else None

    def write(self, function: str, status: Status) -> None:
        last = status.last.isoformat() if status.last else None
        with self._database.transaction() as sql:
            row = (function, last, status.next.isoformat(), status.updated.isoformat())
            sql.execute("REPLACE INTO timer VALUES (?, ?, ?, ?)", row)


class FunctionTimer:
    """One timer function; it never overlaps itself."""

    def __init__(self, function: Function, runner: FunctionRunner, store: TimerStore, clock: Clock) -> None:
        """Raises ConfigError for a schedule that cannot be used."""
        self._function, self._runner, self._store, self._clock = function, runner, store, clock
        trigger = function.trigger
        self._schedule = Schedule(expand(trigger["schedule"], function.name), function.name)
        self._monitored = trigger.get("useMonitor", True) is not False and self._schedule.monitored
        self._on_startup = bool(trigger.get("runOnStartup", False))
        self._status = Status(None, self._schedule.after(clock.now()), clock.now())

    def open(self, alarm: Alarm, busy: Busy) -> None:
        """Run now what was missed while the host was down, and then on schedule."""
        self._alarm, self._busy = alarm, busy
        stored = self._store.read(self._function.name) if self._monitored else None
        now = self._clock.now()
        past_due = bool(stored and self._expected(stored) <= now)
        if stored:
            self._status = Status(stored.last, self._schedule.after(now), stored.updated)
        if past_due or self._on_startup:
            self._busy.spawn(self._occur(past_due))
        else:
            self._remember(self._status)
            self._arm()

    async def run(self, *, past_due: bool = False) -> None:
        """Invoke the function once, outside its schedule; an error is logged, as the real host does."""
        status = {
            "Last": self._status.last.isoformat() if self._status.last else NEVER,
            "Next": self._status.next.isoformat(),
            "LastUpdated": self._status.updated.isoformat(),
        }
        request = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": status if self._monitored else None,
            "IsPastDue": past_due,
        }
        try:
            await self._runner.run(self._function, TypedData(json=json.dumps(request)))
        except InvocationFailed as error:
            log.error("timer %s failed: %s\n%s", self._function.name, error.error, error.stack)
        except Exception:
            log.exception("timer %s ran, but what it put out could not be stored", self._function.name)

    def _expected(self, stored: Status) -> datetime:
        """When it should have run next, by today's schedule."""
        return self._schedule.after(stored.last) if stored.last else stored.next

    def _arm(self) -> None:
        self._alarm.at(self._status.next, self._begin)

    def _begin(self) -> None:
        self._busy.spawn(self._occur(False))

    async def _occur(self, past_due: bool) -> None:
        started = self._clock.now()
        await self.run(past_due=past_due)
        now = self._clock.now()
        status = Status(started, self._schedule.after(max(started, now)), now)
        self._status = status
        self._arm()
        self._remember(status)

    def _remember(self, status: Status) -> None:
        self._status = status
        if self._monitored:
            self._store.write(self._function.name, status)
