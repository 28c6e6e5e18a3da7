"""What time it is: the machine's time, or the time of the sandbox that owns the clock."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
"""How often a clock that others move is read; its answer is two dates, so this costs nothing noticeable."""


PATIENCE = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=600)
"""A move answers only when the sandbox has worked through all its events, which may take it minutes."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time that functions are told, aware, UTC."""
        ...

    def reached(self) -> datetime:
        """The time up to which timers may fire."""
        ...

    def seconds_until(self, when: datetime) -> float | None:
        """Real seconds until then, None when waiting does not bring it nearer."""
        ...


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def reached(self) -> datetime:
        return datetime.now(UTC)

    def seconds_until(self, when: datetime) -> float | None:
        return max(0.0, (when - datetime.now(UTC)).total_seconds())


class ClockUnreachable(Exception):
    """The owner of the clock does not answer, or answers something else than the time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the sandbox answered: its time, and when its next event is due."""

    now: datetime
    next_event: datetime | None


class SandboxClock:
    """The sandbox's clock as last read; `read` and `move` are the only things that advance it."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + "/_sandbox/clock"
        self._now = self._reached = datetime.min.replace(tzinfo=UTC)
        self._session: aiohttp.ClientSession | None = None

    def now(self) -> datetime:
        return self._now

    def reached(self) -> datetime:
        return self._reached

    def seconds_until(self, when: datetime) -> float | None:
        return None

    async def read(self) -> Reading:
        """Ask the sandbox; raises ClockUnreachable."""
        return self._learn(await self._call("GET", None))

    async def move(self, to: datetime) -> Reading:
        """Move everyone's clock to that instant; raises ClockUnreachable.

        While the sandbox works through its events up to `to` it may call us, so `now` shows `to` at once; timers
        wait for the answer (`reached`), so that they meet a sandbox that has arrived there too.
        """
        self._now = max(self._now, to)
        return self._learn(await self._call("POST", {"to": to.isoformat()}))

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    def _learn(self, answer: dict[str, Any]) -> Reading:
        later = answer.get("next_event")
        reading = Reading(_instant(answer["now"]), _instant(later) if later else None)
        self._now = max(self._now, reading.now)
        self._reached = max(self._reached, reading.now)
        return reading

    async def _call(self, method: str, body: dict[str, str] | None) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=PATIENCE)
        try:
            async with self._session.request(method, self._url, json=body) as response:
                response.raise_for_status()
                answer: dict[str, Any] = await response.json()
                return answer
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise ClockUnreachable(f"{method} {self._url}: {type(error).__name__} {error}") from error


def _instant(text: str) -> datetime:
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


async def follow(clock: SandboxClock, moved: asyncio.Event) -> None:
    """Read a clock that others move, for ever; set `moved` whenever it has advanced."""
    while True:
        before = clock.reached()
        try:
            await clock.read()
        except ClockUnreachable as error:
            log.warning("the clock cannot be read: %s", error)
        if clock.reached() > before:
            moved.set()
        await asyncio.sleep(POLL_SECONDS)
