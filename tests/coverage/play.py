"""Plays one world with the engine, and says how each of its cases ended and what the diagnosis cost."""

import asyncio
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from engine.cases import Cases
from gateway.store.rows import Row
from sandbox.world_files import declared
from tests.engine.driver import Driver, driving, ended


@dataclass(frozen=True, slots=True)
class Played:
    """A world that was played. `tells`: its failures' codes and texts; `reads`: ARM requests until the first plan of its costliest case; `seconds`: simulated, from the
    telling of a failure until its cause was named, of the slowest; `trouble`: why it is not right, "" where it is.
    """

    world: str
    covers: tuple[str, ...]
    tells: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    reads: int = 0
    seconds: float = 0.0
    trouble: str = ""


class CountingCases(Cases):
    """The case store, which also counts what each case asks of ARM until its first plan; for turns taken one by one."""

    def __init__(self, driver: Driver) -> None:
        super().__init__(driver.engine.rows)
        self._log, self._seen = driver.box.model.requests, 0
        self._turn: dict[str, str] = {}
        self.reads: dict[str, int] = defaultdict(int)
        self._planned: set[str] = set()

    async def save(self, case: Case, row: Row) -> Row:
        saved = await super().save(case, row)
        asked = sum(not request.path.startswith("/msi") for request in list(self._log)[self._seen :])
        self._seen = len(self._log)
        token = case.turn.get("by", "")
        begins, self._turn[case.id] = token not in ("", self._turn.get(case.id)), token
        if not begins and case.id not in self._planned:
            self.reads[case.id] += asked
            if case.phase != "diagnose":
                self._planned.add(case.id)
        return saved


def play(world: str) -> Played:
    """A world's name, or a `.toml` file; what breaks while it is played is its trouble, and stops no other world."""
    name, content = declared(world)
    failures = [machine.get("failure", {}) for machine in content["machine"]]
    tells = tuple(f"{failure.get('code', '')} {failure.get('text', '')}" for failure in failures)
    told = Played(name, tuple(content.get("covers", ())), tells)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        try:
            return asyncio.run(_play(world, told, Path(folder), patch))
        except Exception as e:  # noqa: BLE001  (the one boundary: it is told in the report)
            return replace(told, trouble=f"{type(e).__name__}: {e}"[:300])


async def _play(world: str, told: Played, folder: Path, patch: pytest.MonkeyPatch) -> Played:
    async with driving(world, folder, patch) as driver:
        counting = CountingCases(driver)
        driver.engine = replace(driver.engine, cases=counting)
        await driver.announce_all()
        cases = [case for case in await driver.run() if not case.kind]
        locked = await driver.locks() == driver.locks_at_start
        return replace(
            told,
            causes=tuple(dict.fromkeys(case.cause for case in cases)),
            fixes=tuple(dict.fromkeys(step["fix"] for case in cases for step in case.plan.get("steps", ()))),
            instructions=tuple({str(case.ending.get("instructions", "")) for case in cases} - {""}),
            reads=max(counting.reads.values(), default=0),
            seconds=max(map(_named_after, cases), default=0.0),
            trouble=_wrong(driver.declared(), ended(cases)) or ("" if locked else "a lock is not as it was"),
        )


def _wrong(expected: dict[str, Any], came: dict[str, Any]) -> str:
    """The first case that did not end as declared."""
    for item, wanted in expected.items():
        if came.get(item) != wanted:
            name = item.rpartition(";")[2]
            return f"{name} is declared as {_said(wanted)} and ended as {_said(came.get(item))}"
    return "" if set(came) <= set(expected) else "a case was opened that is not declared"


def _said(ending: tuple[str, str, bool] | None) -> str:
    if ending is None:
        return "no case"
    cause, outcome, recurs = ending
    return f"{cause}, {outcome}{', recurs' if recurs else ''}"


def _named_after(case: Case) -> float:
    """Simulated seconds from the telling until the cause was first named that stayed."""
    notes = [n["at"] for n in case.timeline if n["event"] == "diagnosed" and n["text"].startswith(f"{case.cause}:")]
    named = notes[0] if notes else case.diagnosis.get("at", case.told.fired_at)
    return (datetime.fromisoformat(named) - datetime.fromisoformat(case.told.fired_at)).total_seconds()
