"""Stops one chosen request, so that a test can end the client at exactly that point."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

_LOOK_S = 0.02  # how often a held request looks whether its client is still there


@dataclass(frozen=True, slots=True)
class Held:
    n: int
    method: str
    path: str


class Hold:
    """Armed for the n-th ARM request from now, before it is handled or after, before it is answered."""

    def __init__(self) -> None:
        self._n, self._when, self._seen = 0, "before", 0
        self._open = asyncio.Event()
        self.changed = asyncio.Condition()
        self.held: Held | None = None

    def arm(self, n: int, when: str) -> None:
        self._n, self._when, self._seen = n, when, 0
        self._open = asyncio.Event()

    def release(self) -> None:
        self._n = 0
        self._open.set()

    def arrive(self) -> int:
        self._seen += 1
        return self._seen

    async def stop(self, number: int, when: str, request: web.Request) -> bool:
        """Wait here if this is the chosen request; False when its client has gone meanwhile."""
        if number != self._n or when != self._when:
            return True
        await self._tell(Held(number, request.method, request.path))
        try:
            while not self._open.is_set() and not gone(request):
                await _wait(self._open, _LOOK_S)
        finally:
            self._n = 0
            await self._tell(None)
        return not gone(request)

    async def _tell(self, held: Held | None) -> None:
        async with self.changed:
            self.held = held
            self.changed.notify_all()

    async def wait_until_held(self, timeout: float) -> Held | None:
        """The held request, as soon as there is one; None when `timeout` (real seconds) has passed."""
        async with self.changed:
            try:
                async with asyncio.timeout(timeout):
                    await self.changed.wait_for(lambda: self.held is not None)
            except TimeoutError:
                return None
            return self.held


def gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
