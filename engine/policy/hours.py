"""Hours of the week in a time zone: maintenance windows and blackouts. Pure.

Where the clock is put forward or back, a maintenance window is only what lies inside on every reading of its times, a
blackout all that lies inside on any: both err to the side of changing nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from engine.policy.scope import EVERYWHERE, Scope
from remediations.contract import Risk

LOOK_AHEAD = timedelta(days=15)
"""How far ahead an opening is searched: two weeks hold every day of the week twice, so one night lost does not matter."""

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY = frozenset(range(len(DAYS)))

Span = tuple[datetime, datetime]


class Reading(Enum):
    """How times that a change of the clock makes doubtful are read."""

    NARROW = "narrow"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to `end` on the days (Monday is 0) on which they start; over midnight where `end` is not later."""

    name: str
    start: time
    end: time
    zone: ZoneInfo
    days: frozenset[int] = EVERY_DAY
    scope: Scope = EVERYWHERE
    tiers: frozenset[Risk] = frozenset()

    def spans(self, now: datetime, reading: Reading) -> Iterator[Span]:
        """From and to, in UTC, of each time these hours come round, from the day before yesterday to the look-ahead."""
        first = now.astimezone(self.zone).date() - timedelta(days=2)
        for day in (first + timedelta(days=n) for n in range(LOOK_AHEAD.days + 3)):
            if day.weekday() not in self.days:
                continue
            last = day + timedelta(days=1) if self.end <= self.start else day
            begins, ends = self._instants(day, self.start), self._instants(last, self.end)
            wide = reading is Reading.WIDE
            span = (min(begins), max(ends)) if wide else (max(begins), min(ends))
            if span[0] < span[1]:
                yield span

    def nearest(self, now: datetime, reading: Reading) -> Span | None:
        """The time that runs, else the next one; None where none begins before the look-ahead's end."""
        return next((span for span in self.spans(now, reading) if span[1] > now), None)

    def _instants(self, day: date, at: time) -> tuple[datetime, datetime]:
        """The instants at which the clock on the wall shows this; two where it is put forward or back, else one."""
        local = datetime.combine(day, at, self.zone)
        return local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def next_inside_any(hours: Sequence[Hours], now: datetime) -> datetime | None:
    """None while any of the hours run, else when the next of them begin."""
    spans = [span for one in hours for span in one.spans(now, Reading.NARROW)]
    if _inside(spans, now):
        return None
    return min((start for start, _ in spans if start > now), default=now + LOOK_AHEAD)


def next_inside_all(hours: Sequence[Hours], now: datetime) -> datetime | None:
    """None while all of the hours run, else when that next begins; the look-ahead's end where it never does."""
    each = [list(one.spans(now, Reading.NARROW)) for one in hours]
    if all(_inside(spans, now) for spans in each):
        return None
    starts = sorted(start for spans in each for start, _ in spans if start > now)
    return next((at for at in starts if all(_inside(spans, at) for spans in each)), now + LOOK_AHEAD)


def next_outside(hours: Sequence[Hours], now: datetime) -> datetime | None:
    """None while none of the hours run, else when the last of them end; past the look-ahead where they never do."""
    spans = [span for one in hours for span in one.spans(now, Reading.WIDE)]
    at = now
    while running := [end for start, end in spans if start <= at < end]:
        at = max(running)
    return at if at > now else None


def _inside(spans: Sequence[Span], at: datetime) -> bool:
    return any(start <= at < end for start, end in spans)
