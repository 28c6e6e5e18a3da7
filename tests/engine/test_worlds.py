"""Every world ends as it declares: the true cause is named, the right thing is done, locks are as they were."""

from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.world_files import names
from tests.engine.driver import driving, ended

ONE_BY_ONE = list(names())


@pytest.mark.parametrize("world", ONE_BY_ONE)
async def test_the_world_ends_as_declared(world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        cases = await driver.run()
        assert ended(cases) == driver.declared(), [(c.machine, c.outcome, c.timeline) for c in cases]
        assert await driver.locks() == driver.locks_at_start
        assert await driver.engine.cases.open_claims() == []
        assert await driver.engine.leases.all() == []


@pytest.mark.parametrize("world", ONE_BY_ONE)
async def test_the_world_ends_as_declared_though_every_tenth_request_fails(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {"seed": 7, "rate": 0.1, "kinds": ["429", "500", "503", "drop", "drop_after"]}
    async with driving(world, tmp_path, monkeypatch, faults=faults) as driver:
        await driver.announce_all()
        cases = await driver.run()
        assert ended(cases) == driver.declared(), [(c.machine, c.outcome, c.timeline) for c in cases]
        assert await driver.locks() == driver.locks_at_start
        changes = [
            (change["kind"], change["id"])
            for change in driver.box.changes()
            if change["kind"] not in ("backup.trigger", "alert.close", "collection.delete")
        ]
        assert len(changes) == len(set(changes)), "a change was made twice"


async def test_a_failure_told_again_while_its_case_is_open_is_listed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        told = await driver.announce(job="88df0be3-7c77-46c9-bfc2-fb92e3b1918a")
        await driver.box.advance(timedelta(minutes=3))
        assert (await driver.announce(job="88df0be3-7c77-46c9-bfc2-fb92e3b1918a"))["case"] == told["case"]
        assert len(await driver.engine.cases.newest(driver.box.now)) == 1
