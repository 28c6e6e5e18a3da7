"""What a dead run owes comes back: by the next run that takes the case up, by the reaper, at the latest at the deadline."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine.claims import let_go
from tests.engine.driver import Driver, driving
from tests.engine.locked_worlds import AUTO, kinds, lease_rows, machine, until, world


async def lifted(driver: Driver) -> str:
    """Drive a case until its lock is off; the case's id."""
    told = await driver.announce()
    await until(driver, lambda: "lock.delete" in kinds(driver))
    return str(told["case"])


async def test_a_run_that_died_with_a_lock_off_is_taken_up_and_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await lifted(driver)
        driver.runs.due.clear()
        await driver.box.advance(timedelta(minutes=5))
        assert await driver.reap() == {"adopted": 1, "returned": 0}, "the case goes on, so the lock stays off for it"
        (case,) = await driver.run()
        assert case.outcome.startswith("remediated, recurs about")
        assert kinds(driver).count("lock.write") == 1 and await driver.locks() == driver.locks_at_start


async def test_after_days_without_any_host_the_first_round_returns_the_lock_whatever_the_case_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await lifted(driver)
        await driver.box.advance(timedelta(days=3))
        assert (await driver.reap())["returned"] == 1
        assert await driver.locks() == driver.locks_at_start and kinds(driver) == ["lock.delete", "lock.write"]


@pytest.mark.parametrize("let", [False, True])
async def test_what_a_closed_case_still_holds_is_returned_within_one_round(
    let: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        case_id = await lifted(driver)
        got = await driver.engine.cases.get(case_id)
        assert got is not None
        case, row = got
        case.outcome, case.closed = "gave up", driver.box.now.isoformat()
        await driver.engine.cases.save(case, row)
        if let:
            await let_go(driver.engine.cases, case_id)
        assert (await driver.reap())["returned"] == 1
        assert await driver.locks() == driver.locks_at_start and await driver.engine.leases.all() == []


async def test_a_return_that_fails_is_no_return_and_the_next_round_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {"rules": [{"kind": "503", "method": "PUT", "path_contains": "/locks/", "times": 1}]}
    async with driving(world(machine("web-01")), tmp_path, monkeypatch, faults=faults) as driver:
        await lifted(driver)
        await driver.box.advance(timedelta(days=3))
        assert (await driver.reap())["returned"] == 0 and len(await driver.engine.leases.all()) == 1
        assert (await driver.reap())["returned"] == 1 and await driver.locks() == driver.locks_at_start
        assert (await driver.reap())["returned"] == 0


async def test_the_reaper_leaves_off_what_the_policy_leaves_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = AUTO + '[[rule]]\nname = "off"\nlocks = "leave off"\n'
    async with driving(world(machine("web-01")), tmp_path, monkeypatch, policy=off) as driver:
        await lifted(driver)
        await driver.box.advance(timedelta(days=3))
        assert (await driver.reap())["returned"] == 1
        assert kinds(driver) == ["lock.delete"] and [row["state"] for row in await lease_rows(driver)] == ["left off"]


async def test_a_lock_that_is_read_back_in_other_letters_is_the_one_that_was_lifted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list writes `resourcegroups` where a single read writes `resourceGroups`: that makes no other lock of it."""
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await lifted(driver)
        (row,) = await driver.engine.rows.scan("leases")
        told = row.value["lock"]
        lower = {**told, "id": told["id"].replace("resourceGroups", "resourcegroups")}
        await driver.engine.rows.replace("leases", row, {**row.value, "lock": lower})
        await driver.box.advance(timedelta(days=3))
        await driver.reap()
        assert [row["note"] for row in await lease_rows(driver)] == [""]
