"""A clock server with the sandbox's control surface and nothing else, for tests of the host."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

Event = Callable[[], Awaitable[None]]
START = datetime(2026, 3, 2, 2, 0, 0, tzinfo=UTC)


class StubClock:
    """Keeps a time and a list of events; a POST runs the due ones in order, each at its own instant."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now
        self.events: list[tuple[datetime, Event]] = []
        self.moves: list[datetime] = []
        self.moved = asyncio.Event()
        self.reads = 0
        self.on_read: Event | None = None

    async def start(self) -> str:
        app = web.Application()
        app.router.add_get("/_sandbox/clock", self._get)
        app.router.add_post("/_sandbox/clock", self._post)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self.url

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _get(self, request: web.Request) -> web.Response:
        self.reads += 1
        answer = self._answer()
        if self.on_read:
            await self.on_read()
        return answer

    async def _post(self, request: web.Request) -> web.Response:
        to = datetime.fromisoformat((await request.json())["to"])
        self.moves.append(to)
        self.moved.set()
        while self.events and min(self.events, key=lambda event: event[0])[0] <= to:
            event = min(self.events, key=lambda event: event[0])
            self.events.remove(event)
            self.now = max(self.now, event[0])
            await event[1]()
        self.now = max(self.now, to)
        return self._answer()

    def _answer(self) -> web.Response:
        following = min((when for when, _ in self.events), default=None)
        return web.json_response(
            {"now": self.now.isoformat(), "next_event": following.isoformat() if following else None}
        )
