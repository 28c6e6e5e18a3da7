"""A Resource Manager of a few bodies, for what neither the sandbox nor a recording holds."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from gateway.arm.clients import Clients
from gateway.arm.reads import Reads


class SmallArm:
    """Answers each path with its body, any other with 404; `asked` are the paths in order."""

    def __init__(self, bodies: Mapping[str, Any]) -> None:
        self.bodies = {path.casefold(): body for path, body in bodies.items()}
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        if request.path == "/token":
            return web.json_response({"access_token": "t", "expires_on": "4102444800", "resource": "r"})
        self.asked.append(request.path)
        body = self.bodies.get(request.path.casefold(), 404)
        if isinstance(body, int):
            return web.json_response({"error": {"code": f"Code{body}", "message": "no"}}, status=body)
        return web.json_response(body)


@asynccontextmanager
async def answering(
    bodies: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Reads, SmallArm]]:
    """Reads over a server of these bodies on loopback."""
    arm = SmallArm(bodies)
    runner = web.ServerRunner(web.Server(arm.answer))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "h")
    clients = Clients(url)
    try:
        yield Reads(clients), arm
    finally:
        await clients.close()
        await runner.cleanup()
