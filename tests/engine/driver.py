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
from engine.decisions import Decision
from engine.engine import Engine
from engine.reaper import reap
from engine.settings import read_settings
from remediations.contract import Risk
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

    async def answer_as_declared(self) -> None:
        """The world's person on call answers what the open cases ask: approve or reject, as the world declares."""
        said = {case["item"]: case.get("decision", "") for case in self.world["cases"]}
        for claim in await self.engine.cases.open_claims():
            got = await self.engine.cases.get(claim.case_id)
            if got and got[0].phase == "ask" and said.get(got[0].told.item_id):
                await self.decide(got[0], said[got[0].told.item_id])

    async def decide(self, case: Case, decision: str, plan_hash: str = "") -> None:
        """A person answers the case's question, and the case is woken."""
        given = Decision(
            plan_hash or case.ask["hash"], decision, "Ada on call", "looked at it", "", self.box.now.isoformat()
        )
        await self.engine.decisions.record(case.id, given)
        self.runs.at = self.box.now
        await self.runs.wake(case.id)

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
            await self.answer_as_declared()

    async def run(self, turns: int = 2000) -> list[Case]:
        """Take turns until every case is closed; the cases, oldest first."""
        while self.runs.due and turns:
            await self.turn()
            turns -= 1
        assert not self.runs.due, "cases are still open"
        return sorted(await self.engine.cases.newest(self.box.now, 90, 1000), key=lambda case: case.opened)

    def declared(self) -> dict[str, tuple[str, str, bool]]:
        """How the world says that each item's case ends: cause, outcome, whether with a date of recurrence."""
        return {c["item"]: (c["cause"], c["outcome"], bool(c.get("recurs"))) for c in self.world["cases"]}

    async def reap(self) -> dict[str, int]:
        self.runs.at = self.box.now
        return await reap(self.engine, self.runs, self.box.now)


def ended(cases: list[Case]) -> dict[str, tuple[str, str, bool]]:
    """How each item's case ended, as `Driver.declared` says it; an incident's own case is of no item."""
    return {
        c.told.item_id: (c.cause, c.outcome.partition(", recurs about ")[0], bool(c.recurs_about))
        for c in cases
        if not c.kind
    }


async def _ask(url: str, what: str) -> Any:
    async with ClientSession() as http, http.get(f"{url}/_sandbox/{what}") as answer:
        return await answer.json()


@asynccontextmanager
async def driving(
    world: str | dict[str, Any],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    mode: str = "auto",
    policy: str = "",
    **box: Any,
) -> AsyncIterator[Driver]:
    """A driver over a fresh sandbox of the world and a store in the folder.

    The policy is the text `policy`, else one in which every tier has the mode `mode`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "policy.toml").write_text(policy or "[modes]\n" + "".join(f'{risk} = "{mode}"\n' for risk in Risk))
    async with Sandbox.open(world, **box) as opened:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{opened.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", opened.identity_header)
        settings = read_settings(
            {
                "ARM_ENDPOINT": opened.url,
                "STORE_URL": f"sqlite://{folder}/store.db",
                "POLICY_FILE": str(folder / "policy.toml"),
                "SUBSCRIPTIONS": (world_of := await _ask(opened.url, "world"))["subscription"],
            }
        )
        engine = Engine.open(settings)
        try:
            yield Driver(opened, engine, world_of, await _ask(opened.url, "locks"))
        finally:
            await engine.close()
