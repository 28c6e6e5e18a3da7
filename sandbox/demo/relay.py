"""Stands between the simulated action group and the app, only to count the alerts that are sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web


@dataclass(slots=True)
class Relay:
    """`url` is the webhook to give the sandbox, `sent` counts what went through; answers pass back unchanged."""

    url: str = ""
    sent: int = 0


@asynccontextmanager
async def relaying(http: aiohttp.ClientSession, target: str) -> AsyncIterator[Relay]:
    """Forward each POST to `target`; 502 where it does not answer, so that the action group tries again."""
    relay = Relay()

    async def forward(request: web.Request) -> web.Response:
        relay.sent += 1
        headers = {"content-type": request.headers.get("content-type", "application/json")}
        try:
            async with http.post(target, data=await request.read(), headers=headers) as answer:
                return web.Response(status=answer.status, body=await answer.read())
        except aiohttp.ClientError:
            return web.Response(status=502)

    app = web.Application()
    app.router.add_post("/alerts", forward)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        relay.url = f"http://127.0.0.1:{runner.addresses[0][1]}/alerts"
        yield relay
    finally:
        await runner.cleanup()
