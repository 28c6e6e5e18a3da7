"""Time skipping: when nothing can run here, move the sandbox's clock to whatever is due next."""

import asyncio
import logging
from datetime import datetime

from sandbox.host.alarm import Alarm
from sandbox.host.busy import Busy
from sandbox.host.clock import POLL_SECONDS, ClockUnreachable, Reading, SandboxClock

log = logging.getLogger(__name__)


class IdleJump:
    """Moves the clock; can be held while someone announces things."""

    def __init__(self, clock: SandboxClock, alarm: Alarm, busy: Busy, *, held: bool) -> None:
        self.jumps = 0
        self._clock, self._alarm, self._busy = clock, alarm, busy
        self._until: datetime | None = None
        self._released = asyncio.Event()
        self._moving = asyncio.Lock()
        self._at_rest = asyncio.Event()
        if not held:
            self._released.set()

    @property
    def held(self) -> bool:
        return not self._released.is_set()

    async def hold(self) -> None:
        """Stop jumping; a jump under way ends first."""
        self._released.clear()
        async with self._moving:
            return

    def release(self, until: datetime | None = None) -> None:
        """Jump again, at most to `until` when given."""
        self._until = until
        self._at_rest.clear()
        self._released.set()
        self._busy.touch()

    async def settled(self) -> None:
        """Return when nothing runs and nothing is left to jump to, or jumping is held and nothing runs."""
        await self._busy.quiet()
        while not self.held and not self._at_rest.is_set():
            await self._at_rest.wait()
            await self._busy.quiet()

    async def run(self) -> None:
        """Jump whenever nothing can run, for ever."""
        while True:
            try:
                await self._wait_for_leave()
                if not await self._jump():
                    await self._rest()
            except ClockUnreachable as error:
                log.warning("the clock cannot be moved: %s", error)
                await self._rest()

    async def _wait_for_leave(self) -> None:
        while self.held:
            await self._look()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._released.wait()
            except TimeoutError:
                continue
        await self._busy.quiet()

    async def _jump(self) -> bool:
        """Move to the next instant at which something is due; False when there is none."""
        self._at_rest.clear()
        before = self._busy.generation
        reading = await self._look()
        if self._busy.generation != before or not self._busy.idle or self.held:
            return True  # something ran while we asked: what we learned may be old
        target = self._target(reading)
        if target is None:
            return False
        standing = target <= self._clock.reached()
        self.jumps += 1
        async with self._moving:
            await self._clock.move(target)
            self._alarm.fire_due()
        return not standing or self._busy.generation != before

    async def _look(self) -> Reading:
        reading = await self._clock.read()
        self._alarm.fire_due()
        return reading

    def _target(self, reading: Reading) -> datetime | None:
        due = [when for when in (self._alarm.next_due(), reading.next_event) if when]
        if not due or (self._until and min(due) > self._until):
            return None
        return max(min(due), self._clock.reached())

    async def _rest(self) -> None:
        """Nothing is due anywhere: wait for work here, and look now and then whether the sandbox got some."""
        try:
            self._at_rest.set()
            async with asyncio.timeout(POLL_SECONDS):
                await self._busy.change()
        except TimeoutError:
            return
