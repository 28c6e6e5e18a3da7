"""Answers that several cases may share: one flight at a time for a list that all of them want."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

MAX_AGE = timedelta(seconds=30)
"""How old a shared answer may be. Azure Backup meters reads per hour, 150 to 450 of a kind (azure-facts, D)."""


@dataclass(slots=True)
class _Flight:
    number: int
    at: datetime
    task: asyncio.Task[Any]


class Shared:
    """Keeps the newest flight of each key; a caller says how new an answer must be."""

    def __init__(self) -> None:
        self._flights: dict[tuple[str, str], _Flight] = {}
        self._numbers = count(1)
        self._floor: dict[tuple[str, str], int] = {}

    def expire(self, kind: str, scope: str) -> None:
        """From now on nobody gets an answer that was asked for before this call: something was changed."""
        self._floor[kind, scope] = next(self._numbers)

    async def get[T](
        self, kind: str, scope: str, now: datetime, fetch: Callable[[], Awaitable[T]], max_age: timedelta = MAX_AGE
    ) -> T:
        """The shared answer, or a new one where it is too old; a failed flight fails all who share it, then goes."""
        key = (kind, scope)
        flight = self._flights.get(key)
        if flight is None or flight.number < self._floor.get(key, 0) or now - flight.at > max_age or _failed(flight):
            flight = _Flight(next(self._numbers), now, asyncio.ensure_future(fetch()))
            self._flights[key] = flight
        return await asyncio.shield(flight.task)


def _failed(flight: _Flight) -> bool:
    return flight.task.done() and (flight.task.cancelled() or flight.task.exception() is not None)
