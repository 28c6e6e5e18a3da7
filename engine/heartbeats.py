"""Whether reaper and sweep still run: each leaves a mark after a round that succeeded; who is silent too long is told.

The telling has a timer of its own, so that it does not fall silent with those it watches. Where the whole app stands
still nothing is told: an alert should watch the metric's absence as well as its height.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.telemetry import events, metrics
from gateway.store.rows import Conflict, Exists, Row, Rows, StoreError

TABLE = "heartbeats"
REAPER, SWEEP = "reaper", "sweep"
MAY_BE_SILENT = {
    # Due every five minutes: three rounds in a row did not succeed. One may fail on a throttled read, two on a restart.
    REAPER: timedelta(minutes=15),
    # Due every night: a day, and two hours for a slow round, the queue's five tries, and the hour that a time zone moves.
    SWEEP: timedelta(hours=26),
}


@dataclass(frozen=True, slots=True)
class Silence:
    """Who has had no successful round for longer than allowed. `ever`: False where there was none yet, since `last`."""

    who: str
    last: datetime
    age_s: float
    allowed_s: float
    ever: bool

    @property
    def text(self) -> str:
        """For people: who, since when, how long it may be."""
        since = "its last successful round was at" if self.ever else "no round has succeeded, watched since"
        hours = f"{self.age_s / 3600:.1f} hours ago; at most {self.allowed_s / 3600:g} are right"
        return f"the {self.who} is silent: {since} {self.last:%Y-%m-%d %H:%M:%S} UTC, {hours}"


async def beat(rows: Rows, who: str, now: datetime) -> None:
    """Store that a round of `who` succeeded. An older mark never replaces a newer one."""
    value = {"at": now.isoformat(), "ever": True}
    with suppress(Exists, Conflict):  # another host marks a round of its own at this very moment: as good as ours
        row = await rows.get(TABLE, who, "last")
        if row is None:
            await rows.insert(TABLE, who, "last", value)
        elif _at(row) < now or not row.value["ever"]:
            await rows.replace(TABLE, row, value)


async def ages(rows: Rows, now: datetime) -> dict[str, float]:
    """Seconds since the last successful round of each; before the first round, since anyone first looked."""
    return {who: _age(await _last(rows, who, now), now) for who in MAY_BE_SILENT}


async def silent(rows: Rows, now: datetime) -> list[Silence]:
    """Who has had no successful round for too long."""
    found = []
    for who, allowed in MAY_BE_SILENT.items():
        row = await _last(rows, who, now)
        if (age := _age(row, now)) > allowed.total_seconds():
            found.append(Silence(who, _at(row), age, allowed.total_seconds(), row.value["ever"]))
    return found


async def watch(rows: Rows, now: datetime) -> list[Silence]:
    """Tell who is silent, and how old every mark is. What the store raises is told before it is raised."""
    try:
        found, old = await silent(rows, now), await ages(rows, now)
    except StoreError as e:
        events.tell("heartbeat.unreadable", logging.ERROR, error=str(e))
        raise
    tell_of(found, old)
    return found


def tell_of(silences: Sequence[Silence], old: Mapping[str, float]) -> None:
    """Log an event at ERROR for each silence, and set the metric for everyone."""
    for who, seconds in old.items():
        metrics.AGE.set(seconds, who=who)
    for one in silences:
        fields = {
            "who": one.who,
            "last": one.last.isoformat() if one.ever else "never",
            "age_s": round(one.age_s),
            "allowed_s": round(one.allowed_s),
        }
        events.tell("heartbeat.silent", logging.ERROR, **fields)


async def _last(rows: Rows, who: str, now: datetime) -> Row:
    """The newest mark; the first look at someone who has left none is remembered in its place."""
    row = await rows.get(TABLE, who, "last")
    if row is None:
        with suppress(Exists):
            return await rows.insert(TABLE, who, "last", {"at": now.isoformat(), "ever": False})
        row = await rows.get(TABLE, who, "last")
    assert row is not None, "a mark is never deleted"
    return row


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row.value["at"])


def _age(row: Row, now: datetime) -> float:
    return max(0.0, (now - _at(row)).total_seconds())  # the clocks of two hosts may differ by a little
