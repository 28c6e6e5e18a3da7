"""Puts the parts of the host together, starts and stops them."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Coroutine
from typing import Any

from aiohttp import web

from sandbox.host.admin import Admin
from sandbox.host.alarm import Alarm
from sandbox.host.apart.worker_apart import WorkerApart
from sandbox.host.busy import Busy
from sandbox.host.clock import Clock, RealClock, SandboxClock, follow
from sandbox.host.config import ConfigError, apply_settings, expand, read_host_json
from sandbox.host.database import Database
from sandbox.host.durable.backend import DurableBackend
from sandbox.host.durable.binding import client_json
from sandbox.host.durable.dispatcher import Dispatcher
from sandbox.host.durable.management import Management
from sandbox.host.durable.rpc import DurableRpc
from sandbox.host.durable.store import InstanceStore
from sandbox.host.front import HttpFront
from sandbox.host.jump import IdleJump
from sandbox.host.keys import load_keys
from sandbox.host.options import Options
from sandbox.host.queues.listener import Queues
from sandbox.host.queues.store import QueueStore
from sandbox.host.routes import RouteTable
from sandbox.host.runner import FunctionRunner, check_bindings
from sandbox.host.timers import FunctionTimer, TimerStore
from sandbox.host.worker import AppFailed, Function, Worker, WorkerHere

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5.0
"""How long an orderly stop waits for what runs; whatever is cut off runs again after the next start."""


class AlreadyRunning(Exception):
    """Another host works on the same data folder."""


class Host:
    """One host with one app."""

    def __init__(self, options: Options) -> None:
        """Opens the data folder; raises AlreadyRunning, ConfigError."""
        options.data.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(options)
        apply_settings(options.settings)
        self._options = options
        self.config = read_host_json(options.app)
        self.keys = load_keys(options.data)
        self.clock: Clock = SandboxClock(options.clock) if options.clock else RealClock()
        self.busy = Busy()
        self.errors: list[str] = []
        self.loaded = False
        self.functions: list[Function] = []
        self._background: list[asyncio.Task[None]] = []
        self._build()

    def _build(self) -> None:
        self.alarm = Alarm(self.clock, fired=self.busy.touch)
        self.busy.watch(lambda: self.alarm.due)
        self.database = Database(self._options.data / "host.db")
        store = QueueStore(self.database, encode=self.config.queues.base64)
        self.queues = Queues(store, self.config.queues, self.clock, self.alarm, self.busy)
        self.timer_store = TimerStore(self.database)
        self.worker = _worker(self._options)
        self.runner = FunctionRunner(self.worker, self.queues.put)
        self.backend = DurableBackend(InstanceStore(self.database), self.clock, self.alarm)
        self.dispatcher = Dispatcher(self.backend, self.runner, self.config, self.busy)
        self.backend.on_work = self.dispatcher.pump
        self.rpc = DurableRpc(self.backend, self.busy)
        self.admin = Admin(self.keys, self.busy, self.clock, self._figures)
        self.admin.runner = self.runner

    async def start(self) -> str:
        """Load the app, listen, take up what an earlier life left; returns the address. Raises ClockUnreachable."""
        if isinstance(self.clock, SandboxClock):
            await self.clock.read()
        await self._load()
        address = await self._listen()
        hub, key = self.config.hub_name, self.keys.durable
        self.runner.durable_client = client_json(await self.rpc.start(), address, hub, key)
        self._resume()
        return address

    async def _load(self) -> None:
        """An app that cannot be loaded leaves a host that answers 404 to everything, as in Azure."""
        try:
            functions = await self.worker.load()
            check_bindings(functions)
            if self._options.now:
                await self.worker.set_now(self._options.now, self.clock.now)
            self._register(functions)
            self.functions, self.loaded = functions, True
        except (AppFailed, ConfigError) as error:
            self.errors.append(str(error))
            log.error("THE APP IN %s COULD NOT BE LOADED; every route answers 404.\n%s", self._options.app, error)

    def _register(self, functions: list[Function]) -> None:
        self.dispatcher.register(functions)
        for function in functions:
            try:
                self._connect(function)
            except ConfigError as error:  # as in Azure: this function is in error, the others work
                self.errors.append(str(error))
                log.error("THE FUNCTION %s IS IN ERROR and will not run: %s", function.name, error)

    def _connect(self, function: Function) -> None:
        """Give a timer or queue function its source; raises ConfigError."""
        if function.kind == "timertrigger":
            timer = FunctionTimer(function, self.runner, self.timer_store, self.clock)
            self.admin.timers[function.name] = timer
        elif function.kind == "queuetrigger":
            queue = expand(function.trigger["queueName"], function.name).lower()
            self.queues.listen(queue, function, self.runner)
        if function.kind != "httptrigger":
            self.admin.functions[function.name.lower()] = function

    async def _listen(self) -> str:
        web_functions = [function for function in self.functions if function.kind == "httptrigger"]
        routes = RouteTable(self.config.route_prefix, web_functions)
        app = web.Application(client_max_size=0)  # no limit: what is too much is the app's business
        self.admin.add_to(app)
        Management(self.backend, self.keys, self.busy).add_to(app)
        app.router.add_route("*", "/{path:(?s:.*)}", HttpFront(routes, self.keys, self.runner, self.busy).answer)
        self._web = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN_SECONDS)
        await self._web.setup()
        await web.TCPSite(self._web, "127.0.0.1", self._options.port).start()
        return f"http://127.0.0.1:{self._web.addresses[0][1]}"

    def _resume(self) -> None:
        if self.loaded:
            self.backend.open()
            self.queues.open()
            for timer in self.admin.timers.values():
                timer.open(self.alarm, self.busy)
        self._keep(self.alarm.run())
        if isinstance(self.clock, SandboxClock) and self._options.idle_jump and self.loaded:
            self.admin.jump = IdleJump(self.clock, self.alarm, self.busy, held=self._options.hold_jump)
            self._keep(self.admin.jump.run())
        elif isinstance(self.clock, SandboxClock):
            self._keep(follow(self.clock, self.alarm.changed))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(_report_end)
        self._background.append(task)

    def _figures(self) -> dict[str, Any]:
        due = self.alarm.next_due()
        return {
            "state": "Running" if self.loaded else "Error",
            "errors": self.errors,
            "nextDue": due.isoformat() if due else None,
            "functions": sorted(function.name for function in self.functions),
            "worker": self.worker.facts,
            "instances": self.backend.counts,
            "queues": self.queues.store.lengths(),
        }

    async def stop(self) -> None:
        """Take no more work, let what runs come to an end, close everything."""
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        self.queues.stopping = self.dispatcher.stopping = True
        await self.busy.drain(DRAIN_SECONDS)
        await self._web.cleanup()
        await self.rpc.stop()
        await self.worker.close()
        if isinstance(self.clock, SandboxClock):
            await self.clock.close()
        self.database.close()
        os.close(self._lock)


def _report_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.critical("a part of the host has died", exc_info=task.exception())


def _worker(options: Options) -> Worker:
    if options.python is None:
        return WorkerHere(options.app)
    return WorkerApart(options.app, options.python, options.platform, verbose=options.verbose)


def _lock(options: Options) -> int:
    descriptor = os.open(options.data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise AlreadyRunning(f"another host works on {options.data}") from error
    return descriptor
