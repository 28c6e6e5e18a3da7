"""One running world: its clock, its agenda, and the order in which things happen."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox import ids
from sandbox.model import Change, Event
from sandbox.state import State

Effect = Callable[["Simulation", dict[str, Any]], Awaitable[None] | None]
_EFFECTS: dict[str, Effect] = {}


def on(kind: str) -> Callable[[Effect], Effect]:
    """Register what happens when an event of this kind comes due."""

    def keep(effect: Effect) -> Effect:
        if kind in _EFFECTS:
            raise ValueError(f"two effects for events of kind {kind}")
        _EFFECTS[kind] = effect
        return effect

    return keep


class Simulation:
    """Owns the only clock. Time moves when asked to, and every due event runs at its own instant."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._due = [(event.at, event.n) for event in state.events]
        heapq.heapify(self._due)
        self._moving = asyncio.Lock()
        self.time_scale = 0.0
        self.graph_table: Callable[[str], list[dict[str, Any]]] = lambda table: []

    @property
    def now(self) -> datetime:
        return self.state.live.now

    def number(self) -> int:
        """The next number of this world; it never repeats, not even after a restart."""
        live = self.state.live_rows.put(replace(self.state.live, counter=self.state.live.counter + 1))
        return live.counter

    def guid(self, kind: str) -> str:
        return ids.guid(self.state.world.name, kind, self.number())

    def schedule(self, at: datetime, kind: str, **args: Any) -> None:
        event = self.state.events.put(Event(self.number(), at, kind, args))
        heapq.heappush(self._due, (event.at, event.n))

    def after(self, span: timedelta, kind: str, **args: Any) -> None:
        self.schedule(self.now + span, kind, **args)

    def next_event(self) -> datetime | None:
        while self._due and self.state.events.get(str(self._due[0][1])) is None:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def cancel(self, kind: str, **args: Any) -> None:
        """Take the events of this kind whose arguments include these off the agenda."""
        for event in self.state.events:
            if event.kind == kind and args.items() <= event.args.items():
                self.state.events.remove(str(event.n))

    def record(self, kind: str, resource: str) -> None:
        """Note a change that a client made through ARM."""
        self.state.changes.put(Change(len(self.state.changes) + 1, self.now, kind, resource))

    async def advance(self, to: datetime) -> None:
        """Move the clock forward to `to`, never back; what falls due on the way runs in order."""
        async with self._moving:
            while (at := self.next_event()) is not None and at <= to:
                await self._run_next()
            self._set(to)
            self.state.commit()

    async def _run_next(self) -> None:
        at, n = heapq.heappop(self._due)
        event = self.state.events.require(str(n))
        self._set(at)
        self.state.events.remove(str(n))
        outcome = _EFFECTS[event.kind](self, event.args)
        if outcome is not None:
            await outcome

    def _set(self, at: datetime) -> None:
        if at > self.now:
            self.state.live_rows.put(replace(self.state.live, now=at))
