"""One run of a world in which nothing may be changed, and every request that was not a mere look.

What is a look is said here and not taken from the sandbox: GET and HEAD, and the POSTs that read. There are two.
"""

import asyncio
import re
import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.case import Case
from engine.switch import OFF, set_switch
from tests.engine.driver import Driver, driving
from tests.matrix.fault_told import tell_as_azure_does

READING_POSTS = (
    re.compile(r"/subscriptions/[^/]+/providers/Microsoft\.RecoveryServices/locations/[^/]+/backupStatus", re.I),
    re.compile(r"/providers/Microsoft\.ResourceGraph/resources", re.I),
)
"""The first says which vault protects a machine, the second answers a query: both POST what they are asked."""

SWITCHES = ("switch off", "setting off")
WAYS = ("dry run", "observe", "plan", *SWITCHES, "auto")
"""How changes are kept from happening; the last does not, and shows that the world has something to change."""
LATE = timedelta(hours=40)
"""A start so late that nightly backups have healed what heals by itself: such a case ends good and owes no change."""
WATCHED, WHOLE = timedelta(hours=30), timedelta(days=30)
"""How long a case is watched that waits for the switch, past the next nightly backup; and any other."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run sent: writes and what they changed, requests in all; how its cases ended, "" where they wait."""

    writes: tuple[str, ...]
    requests: int
    planned: int
    outcomes: tuple[str, ...]


def is_write(method: str, path: str) -> bool:
    if method in ("GET", "HEAD"):
        return False
    return method != "POST" or not any(look.fullmatch(path) for look in READING_POSTS)


def watch(world: str, way: str, late: bool = False) -> Seen:
    """Run the world in one way; `late`: the engine hears of it long after."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        return asyncio.run(_watch(world, way, late, Path(folder), patch))


async def _watch(world: str, way: str, late: bool, folder: Path, patch: pytest.MonkeyPatch) -> Seen:
    mode = way if way in ("observe", "plan") else "auto"
    async with driving(world, folder, patch, mode=mode) as driver:
        await _switch_off(driver, way)
        if late:
            await driver.box.advance(LATE)
        await tell_as_azure_does(driver, dry_run=way == "dry run")
        await _turns(driver, WATCHED if way in SWITCHES else WHOLE)
        return _seen(driver, await driver.engine.cases.newest(driver.box.now, 90, 1000))


async def _switch_off(driver: Driver, way: str) -> None:
    if way == "switch off":
        await set_switch(driver.engine.rows, OFF, "Ada", "a test of the switch", driver.box.now)
    if way == "setting off":
        driver.engine = replace(driver.engine, settings=replace(driver.engine.settings, changes="off"))


async def _turns(driver: Driver, span: timedelta) -> None:
    """Take turns until every case is closed, or was watched for so long."""
    until = driver.box.now + span
    while driver.runs.due and min(driver.runs.due.values()) < until:
        await driver.turn()


def _seen(driver: Driver, cases: list[Case]) -> Seen:
    log = driver.box.requests()
    writes = [f"{r['method']} {r['path']}" for r in log if is_write(r["method"], r["path"])]
    made = [f"{change['kind']} {change['id']}" for change in driver.box.changes()]
    planned = sum(bool(case.plan.get("steps")) for case in cases)
    return Seen((*writes, *made), len(log), planned, tuple(case.outcome for case in cases))
