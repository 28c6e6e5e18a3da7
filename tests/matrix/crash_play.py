"""A world in play: the host works on it, its rows lie on a table service behind a proxy, and it may be killed.

Time moves only when nothing runs, and in strides: a world waits a day for the next scheduled backup, and to let the
reaper run 300 times meanwhile would take most of a run's real time.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from engine.cases import CASES, CLAIMS
from gateway.store.rows import Rows
from tests.end_to_end.stage import Stage
from tests.end_to_end.strides import next_stop
from tests.matrix.crash_kills import ARM, Kill
from tests.matrix.crash_person import Person
from tests.matrix.store_proxy import StoreProxy

REAPER = timedelta(minutes=5)
FINE, COARSE = timedelta(minutes=10), timedelta(hours=6)
"""After a start time goes on by the reaper's strides for so long; then by strides of so much."""


class Play:
    """A world on its stage. `rows` reads its store past the proxy."""

    def __init__(self, stage: Stage, proxy: StoreProxy, rows: Rows, person: Person) -> None:
        self.stage, self.proxy, self.rows, self._person = stage, proxy, rows, person
        self._started = stage.box.now

    def arm(self, kill: Kill) -> None:
        if kill.kind == ARM:
            self.stage.box.pipeline.hold.arm(kill.n, kill.side)
        else:
            self.proxy.arm(kill.n, kill.side)

    async def start(self) -> None:
        """Start the host; it works off what is due now, and time stands still."""
        await self.stage.start(until=self.stage.box.now)
        self._started = self.stage.box.now

    async def kill_and_restart(self) -> None:
        """SIGKILL while a request is held: the request is dropped, and the host started again on what is stored."""
        await self.stage.host.kill()
        self.proxy.drop()
        await self.stage.sandbox("release", {})
        await self.start()

    async def to_the_end_or_held(self) -> str:
        """The request at which the host stands still; "" where the world came to its end."""
        ends = [asyncio.create_task(one) for one in (self._held_by_arm(), self._held_by_store(), self._to_the_end())]
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            for one in ends:
                one.cancel()

    async def _held_by_arm(self) -> str:
        held = None
        while held is None:
            held = await self.stage.box.pipeline.hold.wait_until_held(60)
        return f"{held.method} {held.path}"

    async def _held_by_store(self) -> str:
        await self.proxy.held.wait()
        return self.proxy.writes[-1]

    async def _to_the_end(self) -> str:
        """Let time run until every declared case is closed and no claim is left."""
        await self.stage.host.idle()
        while not await self._over(cases := await self.cases()):
            if not await self._person.answers(self.stage, cases):
                await self.stage.let_run(self._next_stop(cases))
            await self.stage.host.idle()
        return ""

    async def _over(self, cases: list[dict[str, Any]]) -> bool:
        closed = [case for case in cases if case["closed"]]
        return len(closed) >= len(self.stage.world["cases"]) and not await self.rows.scan(CLAIMS)

    def _next_stop(self, cases: list[dict[str, Any]]) -> datetime:
        now = self.stage.box.now
        stride = REAPER if now - self._started < FINE else COARSE
        return next_stop(now, self.stage.box.sim.next_event(), cases, stride)

    async def cases(self) -> list[dict[str, Any]]:
        return [row.value for row in await self.rows.scan(CASES)]

    async def let_the_reaper_look(self) -> None:
        """Let the reaper look twice more when all is over: it must find nothing to do. A kill not reached by now is off."""
        self.proxy.disarm()
        self.stage.box.pipeline.hold.release()
        for _ in range(2):
            await self.stage.let_run(self.stage.box.now + REAPER)
            await self.stage.host.idle()

    async def how_far(self) -> str:
        """Where each case stands, for the report of a run that did not end."""
        return "; ".join(f"{case['machine']} in {case['phase']}: {case['timeline'][-1]}" for case in await self.cases())
