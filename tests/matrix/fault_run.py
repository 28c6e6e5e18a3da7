"""One run of a world with at most one fault: the real engine over real HTTP, and all that came of it."""

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from tests.engine.driver import Driver, driving, ended
from tests.matrix.fault_told import tell_as_azure_does

TURNS = 3000
"""More turns than any case of a world needs; a run that takes more hangs, or storms."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The n-th ARM request of the run, of all, and what befalls it."""

    world: str
    n: int
    kind: str

    def __str__(self) -> str:
        return f"{self.world} request {self.n} {self.kind}"


Ending = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a run.

    `endings`: cause, outcome and whether it recurs, by item. `log`: the requests. `struck`: the one that met the fault.
    """

    declared: dict[str, Ending]
    endings: dict[str, Ending]
    changes: Counter[tuple[str, str]]
    locks_as_before: bool
    leases_out: int
    claims_open: int
    turns: int
    log: tuple[str, ...]
    struck: str
    told: str


def play(world: str, fault: Fault | None = None) -> Ended:
    """Run the world to its end in a loop and a store of its own."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # the store syncs every write; here that is no test
    with tempfile.TemporaryDirectory(dir=memory) as folder, pytest.MonkeyPatch.context() as patch:
        return asyncio.run(_play(world, fault, Path(folder), patch))


async def _play(world: str, fault: Fault | None, folder: Path, patch: pytest.MonkeyPatch) -> Ended:
    faults = [{"kind": fault.kind, "nth": fault.n}] if fault else None
    async with driving(world, folder, patch, faults=faults) as driver:
        await tell_as_azure_does(driver)
        cases = await driver.run(TURNS)
        return await _ended(driver, cases)


async def _ended(driver: Driver, cases: list[Case]) -> Ended:
    log = driver.box.requests()
    return Ended(
        declared=driver.declared(),
        endings=ended(cases),
        changes=Counter((change["kind"], change["id"].casefold()) for change in driver.box.changes()),
        locks_as_before=await driver.locks() == driver.locks_at_start,
        leases_out=len(await driver.engine.leases.all()),
        claims_open=len(await driver.engine.cases.open_claims()),
        turns=driver.turns,
        log=tuple(f"{r['method']} {r['path']}" for r in log),
        struck=next((f"{r['method']} {r['path']}" for r in log if r["fault"]), ""),
        told="\n".join(_story(case) for case in cases),
    )


def _story(case: Case) -> str:
    """What the case tells of itself, for the person who reads a complaint."""
    lines: list[dict[str, Any]] = case.timeline
    return "\n".join(f"    {case.machine} {line['at'][5:16]} {line['event']}: {line['text'][:150]}" for line in lines)
