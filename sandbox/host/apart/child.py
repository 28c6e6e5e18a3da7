"""The process of a worker apart: answers the host's questions until the host is gone."""

import asyncio
import logging
import os
import socket
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from ..logs import log_to_stderr
from ..worker import AppFailed, Function, InvocationFailed, WorkerHere
from .wire import Frame, pack, read_frame, unpack, write_frame

log = logging.getLogger(__name__)


def main(descriptor: int, app_dir: Path, verbose: bool) -> None:
    """Serve the socket of that number; ends this process."""
    log_to_stderr(verbose)
    asyncio.run(_serve(socket.socket(fileno=descriptor), app_dir))


async def _serve(connection: socket.socket, app_dir: Path) -> None:
    reader, writer = await asyncio.open_connection(sock=connection)
    child = Child(WorkerHere(app_dir), writer)
    while (frame := await read_frame(reader)) is not None:
        child.take(frame)
    sys.stderr.flush()
    os._exit(0)  # a function that hangs in a thread must not outlive the host


class Child:
    """Has the worker do what a frame asks, many at a time, and sends each answer under the question's number."""

    def __init__(self, worker: WorkerHere, writer: asyncio.StreamWriter) -> None:
        self._worker, self._writer = worker, writer
        self._functions: dict[str, Function] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: datetime
        """The host's time as it was told last."""

    def take(self, frame: Frame) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(frame))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def _answer(self, frame: Frame) -> None:
        asked = {"load": self._load, "set_now": self._set_now, "invoke": self._invoke}[frame["ask"]]
        if frame["now"]:
            self._told = datetime.fromisoformat(frame["now"])
        write_frame(self._writer, {"number": frame["number"], **await asked(frame)})

    async def _load(self, frame: Frame) -> Frame:
        try:
            functions = await self._worker.load()
        except AppFailed as error:
            return {"failed": str(error)}
        self._functions = {function.id: function for function in functions}
        return {"functions": [asdict(function) for function in functions], "facts": self._worker.facts}

    async def _set_now(self, frame: Frame) -> Frame:
        try:
            await self._worker.set_now(frame["place"], lambda: self._told)
        except AppFailed as error:
            return {"failed": str(error)}
        return {}

    async def _invoke(self, frame: Frame) -> Frame:
        function = self._functions[frame["function"]]
        try:
            invoked = await self._worker.invoke(function, unpack(frame["inputs"]), unpack(frame["metadata"]))
        except InvocationFailed as failed:
            return {"error": failed.error, "stack": failed.stack}
        return {"returned": pack(invoked.returned), "outputs": pack(dict(invoked.outputs))}

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.critical("the worker cannot answer", exc_info=task.exception())
            os._exit(1)  # the host would wait for ever; it ends when it sees this end
