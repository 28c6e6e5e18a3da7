"""A running sandbox: in this process, or behind `python -m sandbox`."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Self

from aiohttp import web

from sandbox.arm.faults import parse_faults
from sandbox.arm.meters import Meters
from sandbox.arm.pipeline import Options, Pipeline
from sandbox.build import build
from sandbox.control import Control, change_line, request_line
from sandbox.graph.rows import GraphRows
from sandbox.identity import access_token, answer_token, client_of, identity_header
from sandbox.roles import EVERYTHING, Role, parse_role
from sandbox.simulation import Simulation
from sandbox.state import State
from sandbox.tls.cloud import Cloud
from sandbox.world_files import declared

_TICK_S = 0.05
_LARGEST_HEADER = 32 * 1024  # signed poll URLs are long


class Sandbox:
    """The simulated Azure. Entered through `Sandbox.open`; `advance` moves its clock."""

    def __init__(self, sim: Simulation, options: Options) -> None:
        self.sim = sim
        sim.graph_table = GraphRows(sim).table
        self.pipeline = Pipeline(sim, options, Meters(sim.state.world))
        self.url, self.tls_url = "", ""
        self._runner: web.AppRunner | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        world: str | dict[str, Any],
        *,
        state: Path | None = None,
        port: int = 0,
        role: Role | dict[str, Any] | list[Any] | None = None,
        faults: Any = None,
        latency_ms: int = 0,
        time_scale: float = 0,
        tls_port: int | None = None,
        tls_dir: Path | None = None,
    ) -> AsyncIterator[Self]:
        """Serve a world by name, file or declaration on loopback; ends with the block.

        With `state` the world is resumed from that folder, or kept there from now on. With `tls_dir` a second
        front speaks TLS under a certificate from the ca.pem that is written there.
        """
        held = EVERYTHING if role is None else role if isinstance(role, Role) else parse_role(role)
        options = Options(held, parse_faults(faults) if faults else None, latency_ms / 1000)
        box = cls(load(world, state), options)
        box.sim.time_scale = time_scale
        await box._start(port)
        if tls_dir is not None:
            await box._start_tls(tls_port or 0, tls_dir)
        ticking = asyncio.create_task(box._run(time_scale)) if time_scale > 0 else None
        try:
            yield box
        finally:
            if ticking:
                ticking.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await ticking
            await box._stop()

    async def _start(self, port: int) -> None:
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.add_routes(Control(self.sim, self.pipeline.hold).routes())
        app.router.add_get("/msi/token", self._token)
        app.add_routes(Cloud(self.sim.state.world).routes())
        app.router.add_route("*", "/{path:.*}", self.pipeline.serve)
        self._runner = web.AppRunner(
            app, access_log=None, max_line_size=_LARGEST_HEADER, max_field_size=_LARGEST_HEADER, shutdown_timeout=0.5
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.sim.state.commit()

    async def _start_tls(self, port: int, folder: Path) -> None:
        from sandbox.tls.certificates import server_context

        if self._runner is None:
            raise RuntimeError("the sandbox is not running")
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=server_context(folder)).start()
        self.tls_url = f"https://localhost:{self._runner.addresses[1][1]}"

    async def _stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self.sim.state.close()

    async def _token(self, request: web.Request) -> web.Response:
        return answer_token(self.sim.state.world, request)

    async def _run(self, scale: float) -> None:
        """Let the clock run `scale` times as fast as real time, besides what it is told."""
        last = monotonic()
        while True:
            await asyncio.sleep(_TICK_S)
            now = monotonic()
            await self.sim.advance(self.sim.now + timedelta(seconds=(now - last) * scale))
            last = now

    @property
    def now(self) -> datetime:
        return self.sim.now

    @property
    def model(self) -> State:
        return self.sim.state

    @property
    def app(self) -> web.Application:
        if self._runner is None:
            raise RuntimeError("the sandbox is not running")
        return self._runner.app

    @property
    def identity_endpoint(self) -> str:
        return f"{self.url}/msi/token"

    @property
    def identity_header(self) -> str:
        return identity_header(self.sim.state.world)

    @property
    def token(self) -> str:
        return access_token(self.sim.state.world)

    async def advance(self, to: datetime | timedelta) -> None:
        """Move the clock to an instant or by a span; everything due on the way happens."""
        await self.sim.advance(self.now + to if isinstance(to, timedelta) else to)

    def requests(self) -> list[dict[str, Any]]:
        return [request_line(entry) for entry in self.sim.state.requests]

    def changes(self) -> list[dict[str, Any]]:
        return [change_line(change) for change in self.sim.state.changes]

    def ready_line(self) -> dict[str, Any]:
        world = self.sim.state.world
        sign_in = {"tls_url": self.tls_url, "tenant": world.tenant, "client_id": client_of(world)}
        return {
            "url": self.url,
            "identity_endpoint": self.identity_endpoint,
            "identity_header": self.identity_header,
            "world": world.name,
            "pid": os.getpid(),
            **(sign_in if self.tls_url else {}),
        }


def load(world: str | dict[str, Any], folder: Path | None = None) -> Simulation:
    """Resume what the folder holds, or build the world anew."""
    state = State(folder)
    if state.resume():
        return Simulation(state)
    name, body = declared(world) if isinstance(world, str) else (str(world.get("name", "inline")), world)
    return build(state, name, body)
