"""A proxy before the table service that counts writes and can stop one of them, so that the host can be killed there.

It passes bytes on as they come and reads only what it must: where one request ends. A client sends its next request on a
connection when the last one is answered, so the first bytes of an answer mean that the service has done the write.
"""

import asyncio
import re
from asyncio import IncompleteReadError, StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

WRITES = {"POST", "PUT", "MERGE", "PATCH", "DELETE"}
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
LARGEST_HEAD = 64 * 1024


@dataclass(slots=True, eq=False)
class Passage:
    """One connection of the host's, and the number of the write that is under way on it: 0 for a read."""

    client: StreamWriter
    service: StreamWriter
    number: int = 0

    def close(self) -> None:
        self.client.close()
        self.service.close()


class StoreProxy:
    """Counts write requests from the last `arm` on. `writes` names each of them, as `METHOD path`."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self.port = 0
        self.writes: list[str] = []
        self.held = asyncio.Event()
        self._n, self._when = 0, "before"
        self._passages: set[Passage] = set()

    def arm(self, n: int, when: str) -> None:
        """Stop the n-th write from now `before` it is passed on, or `after` the service did it; 0 stops none."""
        self._n, self._when = n, when
        self.writes.clear()
        self.held.clear()

    def disarm(self) -> None:
        """Stop no further write; one that is held stays so."""
        self._n = 0

    def drop(self) -> None:
        """Close every connection: what was held is never passed on."""
        self.disarm()
        self.held.clear()
        for passage in list(self._passages):
            passage.close()

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Carry one connection until either end closes it."""
        answers, service = await asyncio.open_connection("127.0.0.1", self._upstream)
        passage = Passage(writer, service)
        self._passages.add(passage)
        back = asyncio.create_task(self._carry_answers(answers, passage))
        try:
            with suppress(IncompleteReadError, ConnectionError):
                while True:
                    await self._carry_request(reader, passage)
        finally:
            self._passages.discard(passage)
            passage.close()
            await back

    async def _carry_request(self, reader: StreamReader, passage: Passage) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        method, path = head.split(b" ", 2)[:2]
        passage.number = self._number(method.decode(), path.decode())
        await self._stop(passage, "before")
        passage.service.write(head + body)
        await passage.service.drain()

    def _number(self, method: str, path: str) -> int:
        if method not in WRITES:
            return 0
        self.writes.append(f"{method} {path}")
        return len(self.writes)

    async def _carry_answers(self, answers: StreamReader, passage: Passage) -> None:
        with suppress(ConnectionError):
            while part := await answers.read(LARGEST_HEAD):
                await self._stop(passage, "after")
                passage.client.write(part)
                await passage.client.drain()
        passage.client.close()

    async def _stop(self, passage: Passage, when: str) -> None:
        """Wait for ever if this is the chosen write; `drop` ends it."""
        if not passage.number or passage.number != self._n or when != self._when:
            return
        self.held.set()
        await passage.client.wait_closed()
        raise ConnectionResetError("the connection was dropped while its write was held")


@asynccontextmanager
async def store_proxy(upstream: int) -> AsyncIterator[StoreProxy]:
    """Run the proxy on a free loopback port, before the service at `upstream`."""
    proxy = StoreProxy(upstream)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=LARGEST_HEAD)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.drop()
        await server.wait_closed()
