"""The alerts of a world, taken from its action group before anything is measured."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from aiohttp import ClientSession, TCPConnector, web

from tests.bench.pieces import PATIENCE, Served

CONNECTIONS = 8
"""Keep-alive connections on which alerts come in."""


async def alerts_of(azure: Served, count: int) -> list[bytes]:
    """The bodies of the world's first `count` alerts; the simulated clock stands after the last of them.

    They are kept back and posted together later: so all cases begin at one simulated instant.
    """
    bodies: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        return web.Response(status=202)

    async with _listening(take) as url:
        await azure.post("/_sandbox/webhook", {"url": url})
        now = datetime.fromisoformat((await azure.get("/_sandbox/clock"))["now"])
        # A world's alerts fire one a second, the first after a minute.
        await azure.post("/_sandbox/clock", {"to": (now + timedelta(seconds=60 + count)).isoformat()})
    if len(bodies) < count:
        raise RuntimeError(f"{len(bodies)} of {count} alerts came")
    return bodies[:count]


@asynccontextmanager
async def _listening(take: Any) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def eight_connections() -> AsyncIterator[ClientSession]:
    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS), timeout=PATIENCE) as http:
        yield http


async def post_all(http: ClientSession, url: str, key: str, bodies: Iterable[bytes]) -> list[float]:
    """Post each body once over the session's connections; the seconds that each answer took."""
    left, seconds = iter(bodies), list[float]()
    clock = asyncio.get_running_loop().time

    async def worker() -> None:
        for body in left:
            began = clock()
            async with http.post(url, data=body, headers={"x-functions-key": key}) as answer:
                await answer.read()
                if answer.status != 202:
                    raise RuntimeError(f"{url} answered {answer.status}")
            seconds.append(clock() - began)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(worker())
    return seconds
