"""One heap for everything that is due later: durable timers, function timers, hidden queue messages."""

import asyncio
import heapq
import itertools
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime

from sandbox.host.clock import Clock
from sandbox.host.database import RETRY_SECONDS

log = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 3600.0
"""asyncio cannot wait for months; waking up once an hour to look again costs nothing."""


class Alarm:
    """Calls things back at their instant of the host's clock, in the order of their instants."""

    def __init__(self, clock: Clock, fired: Callable[[], None]) -> None:
        """`fired` is called after a round in which something was due."""
        self.changed = asyncio.Event()
        """Set when an entry was added or the clock has moved."""
        self._clock, self._fired = clock, fired
        self._pause = 0.0
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, when: datetime, call: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (when, next(self._order), call))
        if self._heap[0][0] == when:
            self.changed.set()

    def next_due(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    @property
    def due(self) -> bool:
        return bool(self._heap) and self._heap[0][0] <= self._clock.reached()

    def fire_due(self) -> None:
        """Call everything that is due now."""
        if not self.due:
            return
        for call in self._take_due():
            try:
                call()
            except sqlite3.Error as error:  # whoever set it has taken up its work anew and set it again
                log.error("what is due could not be written: %s", error)
                self._pause = RETRY_SECONDS
        self._fired()

    def _take_due(self) -> list[Callable[[], None]]:
        calls = []
        while self.due:
            calls.append(heapq.heappop(self._heap)[2])
        return calls

    async def run(self) -> None:
        """Fire what falls due, for ever."""
        while True:
            self.changed.clear()
            self.fire_due()
            if self._pause:
                await asyncio.sleep(self._pause)
                self._pause = 0.0
            else:
                await self._wait()

    async def _wait(self) -> None:
        due = self.next_due()
        seconds = self._clock.seconds_until(due) if due else None
        try:
            async with asyncio.timeout(None if seconds is None else min(seconds, LONGEST_WAIT_SECONDS)):
                await self.changed.wait()
        except TimeoutError:
            return
