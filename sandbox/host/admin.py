"""The host's own endpoints under /admin, opened by the master key."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from sandbox.host.busy import Busy
from sandbox.host.clock import Clock
from sandbox.host.front import Endpoint, key_of
from sandbox.host.jump import IdleJump
from sandbox.host.keys import Keys
from sandbox.host.protos import TypedData
from sandbox.host.runner import FunctionRunner
from sandbox.host.timers import FunctionTimer
from sandbox.host.worker import Function, InvocationFailed

log = logging.getLogger(__name__)

Figures = Callable[[], Mapping[str, Any]]


class Admin:
    """Status, running a function now, holding and releasing the clock, waiting until nothing runs."""

    def __init__(self, keys: Keys, busy: Busy, clock: Clock, figures: Figures) -> None:
        self.jump: IdleJump | None = None
        self.functions: dict[str, Function] = {}
        self.timers: dict[str, FunctionTimer] = {}
        self.runner: FunctionRunner
        self._keys, self._busy, self._clock, self._figures = keys, busy, clock, figures
        self._started = time.monotonic()

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/admin/host/status", self._guarded(self._status))
        app.router.add_post("/admin/host/hold-jump", self._guarded(self._hold))
        app.router.add_post("/admin/host/release-jump", self._guarded(self._release))
        app.router.add_get("/admin/host/idle", self._guarded(self._await_idle))
        app.router.add_post("/admin/functions/{name}", self._guarded(self._run_function))

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._keys.open_admin(key_of(request)):
                return web.Response(status=401)
            return await endpoint(request)

        return guarded

    def _facts(self) -> dict[str, Any]:
        return {
            "version": "local",
            "processUptime": int((time.monotonic() - self._started) * 1000),
            "pid": os.getpid(),
            "now": self._clock.now().isoformat(),
            "idle": self._busy.idle,
            "running": self._busy.running,
            "jumps": self.jump.jumps if self.jump else 0,
            "held": self.jump.held if self.jump else None,
            **self._figures(),
        }

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(self._facts())

    async def _hold(self, request: web.Request) -> web.Response:
        """No jump begins after this answer."""
        if self.jump is None:
            return web.json_response({"error": "the host was started without --idle-jump"}, status=409)
        await self.jump.hold()
        return web.json_response(self._facts())

    async def _release(self, request: web.Request) -> web.Response:
        """Jump again; `{"until": ISO}` in the body is an instant never to jump beyond."""
        if self.jump is None:
            return web.json_response({"error": "the host was started without --idle-jump"}, status=409)
        body = await request.read()
        until = json.loads(body).get("until") if body else None
        self.jump.release(datetime.fromisoformat(until) if until else None)
        return web.json_response(self._facts())

    async def _await_idle(self, request: web.Request) -> web.Response:
        """Answer as soon as nothing runs, and nothing is left to jump to unless held; 408 after ?seconds= (30)."""
        try:
            async with asyncio.timeout(float(request.query.get("seconds", "30"))):
                await (self.jump.settled() if self.jump else self._busy.quiet())
        except TimeoutError:
            return web.json_response(self._facts(), status=408)
        return web.json_response(self._facts())

    async def _run_function(self, request: web.Request) -> web.Response:
        """Start a function that is not an HTTP one, and answer 202 at once, as the real host does."""
        function = self.functions.get(request.match_info["name"].lower())
        if function is None:
            return web.Response(status=404)
        body = await request.read()
        given = json.loads(body).get("input") if body else None
        timer = self.timers.get(function.name)
        self._busy.spawn(timer.run() if timer else self._run_with(function, given))
        return web.Response(status=202)

    async def _run_with(self, function: Function, given: Any) -> None:
        text = given if isinstance(given, str) else json.dumps(given)
        try:
            await self.runner.run(function, TypedData(string=text))
        except InvocationFailed as error:
            log.error("%s failed: %s\n%s", function.name, error.error, error.stack)
