"""Plays one world: announces what failed, lets time run, reads what came of it."""

import asyncio
import json
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sandbox.demo.board import Board
from sandbox.demo.facts import Case, Ending, first_case
from sandbox.demo.pieces import PieceFailed
from sandbox.demo.stage import Stage
from sandbox.demo.web import NoAnswer

STRIDE = timedelta(minutes=30)
"""Simulated time released at once; a world goes on at most this far beyond the close of its last case."""
LOOK_SECONDS = 0.1


class Play:
    """One world on its stage."""

    def __init__(self, name: str, stage: Stage, board: Board, limit: float) -> None:
        self._name, self._stage, self._board, self._limit = name, stage, board, limit
        self._cases: tuple[Case, ...] = ()
        self._closed_after: dict[str, float] = {}
        self._answered: set[str] = set()

    async def run(self) -> Ending:
        """Announce, let time run until every case is closed or the limit is over. Raises PieceFailed."""
        self._board.opened(self._name, self._stage.world)
        self._start = datetime.fromisoformat((await self._stage.azure.get("/_sandbox/clock"))["now"])
        locks = await self._locks()
        self._began = time.monotonic()
        await self._announce()
        looking = asyncio.create_task(self._keep_looking())
        try:
            async with asyncio.timeout(self._limit):
                await self._let_time_run()
        except TimeoutError:
            await self._look()
        finally:
            looking.cancel()
        await self._stage.host.post("/admin/host/hold-jump")
        return await self._ending(locks)

    async def _announce(self) -> None:
        """Alerts come by themselves as the clock moves, the sweep by its timer; manual calls are made here."""
        await self._stage.azure.post("/_sandbox/webhook", {"url": self._stage.relay.url})
        for case in self._stage.world.cases:
            if case.trigger == "manual":
                await self._stage.api.post("/api/cases", {"item": case.item, "code": case.code})

    async def _let_time_run(self) -> None:
        """Release time stride by stride, so that it does not run on for days while nobody looks."""
        until = self._start
        while not self._all_closed():
            until += STRIDE
            await self._stage.host.post("/admin/host/release-jump", {"until": until.isoformat()})
            await self._stage.host.get(f"/admin/host/idle?seconds={self._limit + 5:g}")
            until = max(until, await self._look())

    async def _keep_looking(self) -> None:
        """Keep the board fresh within a stride; what goes wrong is told by the stride's own calls."""
        with suppress(NoAnswer):
            while True:
                await self._look()
                await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> datetime:
        """Read clock and cases onto the board; answers the simulated instant."""
        now = datetime.fromisoformat((await self._stage.azure.get("/_sandbox/clock"))["now"])
        listed = (await self._stage.api.get("/api/cases?days=3&limit=1000"))["cases"]
        self._cases = tuple(Case.from_json(one) for one in listed if not one.get("kind"))  # an incident is of no item
        for case in self._cases:
            if case.closed:
                self._closed_after.setdefault(case.id, time.monotonic() - self._began)
        await self._answer()
        self._board.seen(self._name, self._cases, self._start, now)
        return now

    async def _answer(self) -> None:
        """The person on call answers what is asked, where the world has one."""
        for declared in self._stage.world.cases:
            case = first_case(self._cases, declared)
            if case and case.asks and declared.decision and case.asks not in self._answered:
                self._answered.add(case.asks)
                body = {"decision": declared.decision, "hash": case.asks, "who": "Ada", "why": "looked at it"}
                await self._stage.api.post(f"/api/cases/{case.id}/decision", body)

    def _all_closed(self) -> bool:
        own = [first_case(self._cases, declared) for declared in self._stage.world.cases]
        return all(case is not None and case.closed is not None for case in own)

    async def _ending(self, locks_before: tuple[str, ...]) -> Ending:
        azure, api = self._stage.azure, self._stage.api
        whole = [await api.get(f"/api/cases/{case}") for case in dict.fromkeys(case.id for case in self._cases)]
        (self._stage.folder / "cases.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
        seen = await azure.get("/_sandbox/changes")
        return Ending(
            self._stage.world,
            self._start,
            self._cases,
            time.monotonic() - self._began,
            self._closed_after,
            {one["id"]: tuple(f"{c['kind']} {c['target']}" for c in one["changes"]) for one in whole},
            tuple(datetime.fromisoformat(r["at"]) for r in await azure.get("/_sandbox/requests")),
            len(seen),
            sum(change["kind"] == "lock.write" for change in seen),
            locks_before,
            await self._locks(),
            self._stage.relay.sent,
        )

    async def _locks(self) -> tuple[str, ...]:
        found = await self._stage.azure.get("/_sandbox/locks")
        return tuple(sorted(json.dumps(lock, sort_keys=True) for lock in found))


async def played(name: str, stage: Stage, board: Board, limit: float) -> Ending:
    """Play the world; the death of one of its processes ends it at once with PieceFailed."""
    playing = asyncio.ensure_future(Play(name, stage, board, limit).run())
    deaths = [asyncio.ensure_future(piece.died()) for piece in stage.pieces]
    try:
        await asyncio.wait([playing, *deaths], return_when=asyncio.FIRST_COMPLETED)
        if playing.done() and isinstance(playing.exception(), NoAnswer):
            await asyncio.wait(deaths, timeout=1, return_when=asyncio.FIRST_COMPLETED)
        for death in deaths:
            if death.done():
                death.result()
        return await playing
    except NoAnswer as silent:
        raise PieceFailed(f"{silent}; logs are in {Path(stage.folder)}") from silent
    finally:
        for task in (playing, *deaths):
            task.cancel()
        await asyncio.gather(playing, *deaths, return_exceptions=True)
