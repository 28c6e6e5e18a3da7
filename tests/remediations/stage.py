"""One machine in a sandbox, and one fix called on it with everything switched on, as a case would."""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from engine.changes import CaseChanges
from engine.journal import Journal
from engine.leases import CaseLeases
from remediations.contract import REMEDIATIONS, Result, Scene, Target, TryLater
from remediations.facts import Facts
from tests.engine.driver import Driver, driving

Driving = AbstractAsyncContextManager[Driver]


class Start(Protocol):
    def __call__(self, machine: dict[str, Any] | None = None, **world: Any) -> Driving: ...


def make_start(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Opens a world of the machine web-01; `faults`, `role` and `mode` go to the driver, all else is the world's."""

    def start(machine: dict[str, Any] | None = None, **world: Any) -> Driving:
        box = {name: world.pop(name) for name in ("faults", "role", "mode") if name in world}
        failure = {"failure": {"code": "BackUpOperationFailed"}}
        made = {"name": "stage", "title": "for a test", "machine": [{"name": "web-01", **failure, **(machine or {})}]}
        return driving({**made, **world}, folder, monkeypatch, **box)

    return start


def scene(driver: Driver, **told: Any) -> Scene:
    """The scene of one call; `code`, `failed_at`, `case` and any field of a scene may be told."""
    e, now, item = driver.engine, driver.box.now, driver.world["cases"][0]["item"]
    facts = Facts(e.reads, item, now, e.leases.out_of)
    case = told.pop("case", "c" * 32)
    changes = CaseChanges(e.reads, e.starts, Journal(e.rows, case), facts, item, now, told.pop("off", ""))
    target = Target(item, told.pop("code", "BackUpOperationFailed"), told.pop("failed_at", now))
    made = Scene(target, facts, changes, CaseLeases(e.leases, case, now), now, now)
    return replace(made, **told)


async def call(driver: Driver, fix: str, **told: Any) -> Result:
    return await REMEDIATIONS[fix].run(scene(driver, **told))


async def follow(driver: Driver, fix: str, *, times: int = 400, **told: Any) -> Result:
    """Call the fix again whenever it asks to be, until it says something else than TryLater."""
    first: dict[str, datetime] = {"since": driver.box.now, "failed_at": driver.box.now}
    told = {**first, **told}
    result = await call(driver, fix, **told)
    while isinstance(result, TryLater) and times:
        await driver.box.advance(driver.box.now + _seconds(result.delay))
        result = await call(driver, fix, **{**told, "memo": dict(result.memo)})
        times -= 1
    return result


def _seconds(delay: float) -> timedelta:
    return timedelta(seconds=delay)


def changes(driver: Driver, kind: str = "") -> list[str]:
    """The kinds of what clients have changed; of one kind, the names of what was changed."""
    made = driver.box.changes()
    return [c["id"].rpartition("/")[2] for c in made if c["kind"] == kind] if kind else [c["kind"] for c in made]


def writes(driver: Driver, method: str, contains: str) -> int:
    """How many requests of this method went to such a path, whatever became of them."""
    return sum(r["method"] == method and contains in r["path"] for r in driver.box.requests())
