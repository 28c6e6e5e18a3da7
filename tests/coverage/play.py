"""Plays one world with the engine, and says how each of its cases ended and what the diagnosis cost."""

import asyncio
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from engine.diagnose import UNKNOWN
from sandbox.world_files import declared
from tests.coverage.counting import CountingCases
from tests.engine.driver import driving, ended


@dataclass(frozen=True, slots=True)
class Played:
    """A world that was played. `tells`: its failures' codes and texts; `trouble`: why it is not right, "" where it is.

    ARM reads, each of the world's costliest case: `first` until its first plan, which may be to look inside the guest; `named`
    until the plan that names the cause; `diagnosis`: the costliest single diagnosis; `polls`: while a guest's script was waited
    for, which no other figure holds. `seconds`: simulated, from the telling until the cause was named, of the slowest.
    """

    world: str
    covers: tuple[str, ...]
    tells: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    first: int = 0
    named: int = 0
    diagnosis: int = 0
    polls: int = 0
    seconds: float = 0.0
    trouble: str = ""


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
            **_costs(counting, cases),
            seconds=max(map(_named_after, cases), default=0.0),
            trouble=_wrong(driver.declared(), ended(cases)) or ("" if locked else "a lock is not as it was"),
        )


def _costs(counting: CountingCases, cases: list[Case]) -> dict[str, int]:
    asked = [(case, counting.asked[case.id]) for case in cases if case.id in counting.asked]
    return {
        "first": max((one.first for _, one in asked), default=0),
        "named": max((one.named(case.cause) for case, one in asked), default=0),
        "diagnosis": max((reads for _, one in asked for reads in one.diagnoses), default=0),
        "polls": max((one.polls for _, one in asked), default=0),
    }


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
    """Simulated seconds from the telling until the cause was first named that stayed; where none was, until the last diagnosis."""
    notes = [n["at"] for n in case.timeline if n["event"] == "diagnosed" and n["text"].startswith(f"{case.cause}:")]
    named = notes[0] if notes and case.cause != UNKNOWN else case.diagnosis.get("at", case.told.fired_at)
    return (datetime.fromisoformat(named) - datetime.fromisoformat(case.told.fired_at)).total_seconds()
