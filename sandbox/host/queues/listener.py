"""Delivers queue messages to the functions they trigger."""

import asyncio
import json
import logging
import sqlite3
from collections import deque
from datetime import datetime, timedelta

from sandbox.host.alarm import Alarm
from sandbox.host.busy import Busy
from sandbox.host.clock import Clock
from sandbox.host.config import QueueConfig
from sandbox.host.database import RETRY_SECONDS
from sandbox.host.protos import TypedData
from sandbox.host.queues.store import QueueStore, Stored
from sandbox.host.runner import FunctionRunner
from sandbox.host.worker import Function, InvocationFailed

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long the real host hides a message that it works on (it renews); here the claim ends with the process."""
POISON = "-poison"


class QueueListener:
    """One queue and its function. Messages are delivered oldest first, several at a time."""

    def __init__(self, queue: str, function: Function, host: "Queues") -> None:
        self._queue, self._function, self._host = queue, function, host
        self._ready: deque[int] = deque()
        self._running = 0

    @property
    def runnable(self) -> bool:
        return bool(self._ready)

    def open(self) -> None:
        """Take up what an earlier life left."""
        now = self._host.clock.now()
        for number, visible in self._host.store.waiting(self._queue):
            if visible <= now:
                self._ready.append(number)
            else:
                self._show_at(number, visible)
        self.pump()

    def arrived(self, number: int) -> None:
        self._ready.append(number)
        self.pump()

    def pump(self) -> None:
        """Start as many as batchSize and newBatchThreshold allow."""
        limit = self._host.config.batch_size + self._host.config.new_batch_threshold
        while self._ready and self._running < limit and not self._host.stopping:
            self._running += 1
            self._host.busy.spawn(self._deliver(self._ready.popleft()))

    async def _deliver(self, number: int) -> None:
        try:
            message = self._host.store.claim(number, self._host.clock.now(), LEASE)
            if message:
                await self._run(message)
        except sqlite3.Error as error:
            log.error("queue %s: message %s is delivered again, for the store cannot be written: %s",
                      self._queue, number, error)  # fmt: skip
            await asyncio.sleep(RETRY_SECONDS)
            self._ready.append(number)
        finally:
            self._running -= 1
            self.pump()

    async def _run(self, message: Stored) -> None:
        try:
            data = _data(self._host.store, message)
            await self._host.runner.run(self._function, data, message_metadata(message))
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the message is tried again
            text = error.error if isinstance(error, InvocationFailed) else repr(error)
            log.error("%s failed on message %s (%s times): %s", self._function.name, message.id, message.dequeues, text)
            self._failed(message)
        else:
            self._host.store.delete(message.number)

    def _failed(self, message: Stored) -> None:
        """Try again later, or give up: to the poison queue, as QueueProcessor of the real host does."""
        now = self._host.clock.now()
        if self._queue.endswith(POISON):  # has no poison queue of its own: stays hidden until the lease ends
            self._release(message, message.visible)
        elif message.dequeues >= self._host.config.max_dequeue_count:
            self._host.announce(self._queue + POISON, self._host.store.move(message, self._queue + POISON, now))
        else:
            self._release(message, now + self._host.config.visibility_timeout)

    def _release(self, message: Stored, visible: datetime) -> None:
        self._host.store.hide(message.number, visible)
        self._show_at(message.number, visible)

    def _show_at(self, number: int, visible: datetime) -> None:
        if visible <= self._host.clock.now():
            self._ready.append(number)
        else:
            self._host.alarm.at(visible, lambda: self.arrived(number))


class Queues:
    """All queues: puts messages and tells their listeners."""

    def __init__(self, store: QueueStore, config: QueueConfig, clock: Clock, alarm: Alarm, busy: Busy) -> None:
        self.store, self.config, self.clock, self.alarm, self.busy = store, config, clock, alarm, busy
        self.runner: FunctionRunner
        self.stopping = False
        self._listeners: dict[str, QueueListener] = {}

    def put(self, messages: list[tuple[str, bytes]]) -> None:
        """Store durably, then deliver; raises MessageTooLarge or sqlite3.Error with nothing stored."""
        for queue, number in self.store.put(messages, self.clock.now()):
            self.announce(queue, number)

    def announce(self, queue: str, number: int) -> None:
        if queue in self._listeners:
            self._listeners[queue].arrived(number)

    def listen(self, queue: str, function: Function, runner: FunctionRunner) -> None:
        self.runner = runner
        self._listeners[queue] = listener = QueueListener(queue, function, self)
        self.busy.watch(lambda: listener.runnable)

    def open(self) -> None:
        """Start delivering."""
        self.store.show_all(self.clock.now())
        for listener in self._listeners.values():
            listener.open()


def message_metadata(message: Stored) -> dict[str, TypedData]:
    """What a queue trigger learns about its message."""
    facts = {
        "Id": message.id,
        "DequeueCount": message.dequeues,
        "InsertionTime": message.inserted.isoformat(),
        "ExpirationTime": message.expires.isoformat(),
        "NextVisibleTime": message.visible.isoformat(),
        "PopReceipt": message.receipt,
    }
    return {name: TypedData(json=json.dumps(value)) for name, value in facts.items()}


def _data(store: QueueStore, message: Stored) -> TypedData:
    content = store.content(message)
    try:
        return TypedData(string=content.decode())
    except UnicodeDecodeError:
        return TypedData(bytes=content)
