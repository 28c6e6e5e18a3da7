"""The host's end of a worker apart: starts its process, asks it, hears its answers."""

import asyncio
import itertools
import logging
import os
import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ..protos import TypedData
from ..worker import AppFailed, Function, InvocationFailed, Invoked
from .wire import Frame, pack, read_frame, unpack, write_frame

log = logging.getLogger(__name__)

START = Path(__file__).resolve().with_name("start.py")


class WorkerApart:
    """The worker in a process of its own. It ends with the host, and the host with it: what ran then runs again."""

    def __init__(self, app_dir: Path, python: Path, platform: Path | None, *, verbose: bool) -> None:
        self.facts: Mapping[str, Any] = {}
        # Not resolved: a virtual environment is known by the path of its link to Python.
        self._command = [str(python.absolute()), "-I", str(START)]
        self._arguments = [str(app_dir), str(platform.absolute()) if platform else "", "verbose" if verbose else ""]
        self._now: Callable[[], datetime] | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Frame]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._may_end = True

    async def load(self) -> list[Function]:
        await self._start()
        answer = await self._ask("load")
        self._may_end = False
        self.facts = answer["facts"]
        return [Function(**function) for function in answer["functions"]]

    async def set_now(self, place: str, now: Callable[[], datetime]) -> None:
        """It is told the time with each invocation, and keeps it until the next."""
        self._now = now
        await self._ask("set_now", place=place)

    async def invoke(self, function: Function, inputs: Mapping[str, TypedData], metadata: Mapping[str, Any]) -> Invoked:
        answer = await self._ask(
            "invoke", function=function.id, inputs=pack(dict(inputs)), metadata=pack(dict(metadata))
        )
        if "error" in answer:
            raise InvocationFailed(answer["error"], answer["stack"])
        return Invoked(unpack(answer["returned"]), unpack(answer["outputs"]))

    async def close(self) -> None:
        """Hang up, upon which the process ends."""
        self._may_end = True
        if self._process:
            self._writer.close()
            await self._process.wait()

    async def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = str(theirs.fileno())
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                number,
                *self._arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=2,  # what the app prints must not mix with the ready line
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the host, which lets it finish first
            )
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._listening = asyncio.get_running_loop().create_task(self._listen(reader))

    async def _ask(self, what: str, **given: Any) -> Frame:
        number = next(self._numbers)
        answered: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        now = self._now().isoformat() if self._now else None
        write_frame(self._writer, {"number": number, "ask": what, "now": now, **given})
        answer = await answered
        if "failed" in answer:
            raise AppFailed(answer["failed"])
        return answer

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while (frame := await read_frame(reader)) is not None:
            answered = self._waiting.pop(frame["number"])
            if not answered.done():
                answered.set_result(frame)
        if not self._may_end:
            log.critical("THE WORKER'S PROCESS HAS ENDED, and so does the host; what ran will run again.")
            os._exit(1)
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_result({"failed": "the worker's process has ended; what it wrote stands above"})
