"""Drives cases against the sandbox without a host: takes each turn when it is due, by the sandbox's clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from engine.advance import advance
from engine.case import Case, Failure
from engine.claims import open_case
from engine.engine import Engine
from engine.reaper import reap
from engine.settings import read_settings
from sandbox import Sandbox


class Runs:
    """The durable shell's port: when each run wants its next turn."""

    def __init__(self) -> None:
        self.due: dict[str, datetime] = {}
        self.at = datetime.min.replace(tzinfo=UTC)

    async def start(self, case_id: str) -> None:
        self.due.setdefault(case_id, self.at)

    async def wake(self, case_id: str) -> None:
        self.due[case_id] = self.at

    async def alive(self, case_id: str) -> bool:
        return case_id in self.due


class Driver:
    """One sandbox, one engine, and the runs between them."""

    def __init__(self, box: Any, engine: Engine, world: dict[str, Any], locks: list[dict[str, Any]]) -> None:
        self.box, self.engine, self.runs = box, engine, Runs()
        self.world, self.locks_at_start = world, locks
        self.runs.at = box.now
        self.turns = 0

    async def announce(self, **told: Any) -> dict[str, Any]:
        """Tell the engine of a failure of the world's first machine, or as `told` says."""
        first = self.world["cases"][0]
        values = {
            "item_id": first["item"],
            "fired_at": self.box.now.isoformat(),
            "trigger": "alert",
            "code": first["code"],
        }
        return await open_case(self.engine.cases, self.runs, Failure(**{**values, **told}), self.box.now)

    async def announce_all(self) -> None:
        """Tell the engine of every failure that the world declares."""
        for case in self.world["cases"]:
            await self.announce(item_id=case["item"], code=case["code"], trigger=case["trigger"])

    async def locks(self) -> list[dict[str, Any]]:
        return await _ask(self.box.url, "locks")

    async def turn(self) -> None:
        """Move the clock to the next turn that is due, and take it."""
        case_id = min(self.runs.due, key=lambda name: self.runs.due[name])
        await self.box.advance(max(self.runs.due[case_id], self.box.now))
        self.runs.at = self.box.now
        done = await advance(self.engine, case_id, self.box.now)
        self.turns += 1
        if done.closed:
            del self.runs.due[case_id]
        else:
            self.runs.due[case_id] = self.box.now + timedelta(seconds=done.wait_s)

    async def run(self, turns: int = 2000) -> list[Case]:
        """Take turns until every case is closed; the cases, oldest first."""
        while self.runs.due and turns:
            await self.turn()
            turns -= 1
        assert not self.runs.due, "cases are still open"
        return sorted(await self.engine.cases.newest(self.box.now, 90, 1000), key=lambda case: case.opened)

    async def reap(self) -> dict[str, int]:
        self.runs.at = self.box.now
        return await reap(self.engine, self.runs, self.box.now)


async def _ask(url: str, what: str) -> Any:
    async with ClientSession() as http, http.get(f"{url}/_sandbox/{what}") as answer:
        return await answer.json()


@asynccontextmanager
async def driving(
    world: str | dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch, *, mode: str = "auto", **box: Any
) -> AsyncIterator[Driver]:
    """A driver over a fresh sandbox of the world and a store in the folder."""
    async with Sandbox.open(world, **box) as opened:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{opened.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", opened.identity_header)
        settings = read_settings(
            {
                "ARM_ENDPOINT": opened.url,
                "STORE_URL": f"sqlite://{folder}/store.db",
                "MODE": mode,
                "SUBSCRIPTIONS": (world_of := await _ask(opened.url, "world"))["subscription"],
            }
        )
        engine = Engine.open(settings)
        try:
            yield Driver(opened, engine, world_of, await _ask(opened.url, "locks"))
        finally:
            await engine.close()
