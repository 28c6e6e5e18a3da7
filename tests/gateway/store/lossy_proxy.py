"""A proxy before Azurite that loses requests or answers on demand, and counts what passes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum

import aiohttp
from aiohttp import web
from yarl import URL


class Fault(Enum):
    """What goes wrong with one request."""

    LOST_REQUEST = "the connection breaks before the service sees it"
    LOST_ANSWER = "the service does it, then the connection breaks"
    BUSY = "503, not done"
    LATE_ERROR = "done, but answered 500"


BEFORE = (Fault.LOST_REQUEST, Fault.BUSY)
BROKEN = (Fault.LOST_REQUEST, Fault.LOST_ANSWER)


class LossyProxy:
    """Faults wait in `writes` and `reads`, one for each such request to come; making a table counts as neither."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self.port = 0
        self.writes: list[Fault] = []
        self.reads: list[Fault] = []
        self.seen: list[str] = []
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """Pass one request on, with the fault that waits for its kind."""
        fault = self._fault_for(request)
        if fault in BEFORE:
            return self._fail(request, fault)
        answer = await self._pass_on(request)
        if fault is None:
            return answer
        if self.meanwhile is not None:
            await self.meanwhile()
        return self._fail(request, fault)

    def _fault_for(self, request: web.Request) -> Fault | None:
        if request.path.endswith("/Tables"):
            return None
        self.seen.append(request.method)
        waiting = self.reads if request.method == "GET" else self.writes
        return waiting.pop(0) if waiting else None

    def _fail(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        if fault in BROKEN and request.transport is not None:
            request.transport.abort()
        return web.Response(status=500 if fault is Fault.LATE_ERROR else 503)

    async def _pass_on(self, request: web.Request) -> web.Response:
        url = URL(f"http://127.0.0.1:{self._upstream}{request.raw_path}", encoded=True)
        sent = {name: text for name, text in request.headers.items() if name.lower() != "transfer-encoding"}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(
                request.method,
                url,
                headers=sent,
                data=await request.read() or None,
                skip_auto_headers=["Content-Type"],  # it would break the signature
            ) as answer,
        ):
            dropped = {"transfer-encoding", "content-length", "connection"}
            kept = {name: text for name, text in answer.headers.items() if name.lower() not in dropped}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)


@asynccontextmanager
async def lossy_proxy(upstream: int) -> AsyncIterator[LossyProxy]:
    """Run the proxy on a free loopback port."""
    proxy = LossyProxy(upstream)
    app = web.Application(client_max_size=8 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", proxy.forward)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    proxy.port = runner.addresses[0][1]
    try:
        yield proxy
    finally:
        await runner.cleanup()
