"""Knows exactly when nothing runs and nothing could run. Lives on the event loop; not for threads."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any


class Busy:
    """Counts work under way and asks the queues whether more could start."""

    def __init__(self) -> None:
        self.generation = 0
        """Grows with every piece of work begun: unchanged means nothing ran in between."""
        self._running = 0
        self._probes: list[Callable[[], bool]] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    def watch(self, runnable: Callable[[], bool]) -> None:
        """Add a question whose answer is whether work is waiting that could start now."""
        self._probes.append(runnable)

    @property
    def idle(self) -> bool:
        return self._running == 0 and not any(runnable() for runnable in self._probes)

    @property
    def running(self) -> int:
        return self._running

    @contextmanager
    def work(self) -> Iterator[None]:
        """Count the block as work."""
        self._begin()
        try:
            yield
        finally:
            self._end()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task that counts as work from this very moment."""
        self._begin()
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    async def quiet(self) -> None:
        """Return as soon as nothing runs and nothing could run."""
        while not self.idle:
            await self.change()

    async def change(self) -> None:
        """Return when the last running work ends, or something calls `touch`."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def touch(self) -> None:
        """Wake those who wait for quiet, to look again."""
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def drain(self, seconds: float) -> None:
        """Wait for the spawned tasks to end, at most that long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _begin(self) -> None:
        self._running += 1
        self.generation += 1

    def _end(self) -> None:
        self._running -= 1
        if self._running == 0:
            self.touch()

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._end()
        if not task.cancelled() and task.exception():
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "work in the host failed", "exception": task.exception()})
