"""Promise 4 over a lease's whole life, in real cases: proven before the lift, shared, returned identical, foretold."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sandbox.arm.rbac import Role
from tests.engine.driver import driving
from tests.engine.locked_worlds import CODE, GROUP, kinds, lease_rows, machine, points_of, sent, until, world


async def test_the_plan_names_each_machine_that_shares_the_group_once_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = machine("far-01", restore_group="AzureBackupRG_westeurope_2")
    shared = world(machine("web-01"), machine("web-03"), elsewhere, machine("web-02"))
    async with driving(shared, tmp_path, monkeypatch, mode="plan") as driver:
        collections = driver.box.model.collections
        again = next(c for c in collections if "_web-03_" in c.name)
        collections.put(replace(again, id=f"{again.id}9", name=f"{again.name}9"))
        await driver.announce()
        (case,) = await driver.run()
        assert [one.rpartition("/")[2] for one in case.plan["affects"]] == ["web-02", "web-03"]
        assert "Machines that share it: web-02, web-03." in case.ending["instructions"]


@pytest.mark.parametrize("why", ["role", "deny assignment"])
async def test_without_the_right_to_write_it_back_no_lock_is_lifted_and_nothing_is_written_to_find_out(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = "Microsoft.Authorization/locks/write"
    denied = {"deny_assignment": [{"scope": f"group:{GROUP}", "name": "stack", "actions": [action]}]}
    role = Role(("*",), (action,)) if why == "role" else None
    declared = world(machine("web-01"), **({} if role else denied))
    async with driving(declared, tmp_path, monkeypatch, role=role) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert case.outcome == "needs a person"
        assert (action if role else "stack") in case.ending["instructions"]
        assert not [r for r in driver.box.requests() if r["write"]], "neither lifted nor tried"
        assert await driver.engine.leases.all() == [] and await driver.locks() == driver.locks_at_start


async def test_the_right_to_write_it_back_is_read_before_the_lock_is_lifted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))
        paths = [(r["method"], r["path"].lower()) for r in driver.box.requests()]
        first_write = next(n for n, r in enumerate(driver.box.requests()) if r["write"])
        assert paths[first_write][0] == "DELETE" and "/locks/" in paths[first_write][1]
        assert any(p.endswith("/providers/microsoft.authorization/permissions") for _, p in paths[:first_write])


async def test_a_case_that_joins_shares_the_lease_and_never_moves_its_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01"), machine("web-02")), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))
        (before,) = await lease_rows(driver)
        second = await driver.announce(item_id=driver.world["cases"][1]["item"])
        holders: list[str] = []
        while len(holders) < 2:
            await driver.turn()
            (row,) = await lease_rows(driver)
            holders = row["holders"]
        assert second["case"] in holders and row["deadline"] == before["deadline"]
        for case in await driver.run():
            assert case.outcome.startswith("remediated, recurs about 2026-")
        assert sent(driver, "DELETE") == sent(driver, "DELETE")[:1], "lifted once for both"
        assert await driver.locks() == driver.locks_at_start


async def test_the_lock_stays_off_while_a_joined_collection_is_cleaned_up_and_comes_back_identical_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = machine("web-02", cleanup_stuck=True)
    async with driving(world(machine("web-01"), slow), tmp_path, monkeypatch) as driver:
        for case in driver.world["cases"]:
            await driver.announce(item_id=case["item"])
        overdue = timedelta(days=3)
        await until(driver, lambda: not points_of(driver, "web-01", overdue))
        assert points_of(driver, "web-02", overdue) and "lock.write" not in kinds(driver)
        await until(driver, lambda: "lock.write" in kinds(driver))
        assert not points_of(driver, "web-01", overdue) and not points_of(driver, "web-02", overdue)
        await driver.run()
        assert await driver.locks() == driver.locks_at_start and kinds(driver).count("lock.write") == 1


async def test_at_the_deadline_the_lock_is_back_though_points_are_still_overdue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three points have no copy in the vault, so nobody cleans them up; backups work again all the same."""
    async with driving(world(machine("web-01", unvaulted=3)), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.write" in kinds(driver))
        lifted, back = [datetime.fromisoformat(c["at"]) for c in driver.box.changes() if c["kind"].startswith("lock.")]
        assert timedelta(hours=48) <= back - lifted <= timedelta(hours=48, minutes=30)
        assert len(points_of(driver, "web-01", timedelta(days=3))) == 3
        (case,) = await driver.run()
        assert case.outcome.startswith("remediated, recurs about") and await driver.locks() == driver.locks_at_start


@pytest.mark.parametrize("snapshot_days", [1, 2, 5])
async def test_the_date_of_recurrence_is_the_day_on_which_the_backup_fails_again(
    snapshot_days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = world(machine("web-01"), policy={"snapshot_days": snapshot_days})
    async with driving(declared, tmp_path, monkeypatch) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert "limit who may delete by roles" in case.ending["instructions"], "coverage C5"
        closed = driver.box.now
        await driver.box.advance(timedelta(days=25))
        failed = [j.start for j in driver.box.model.jobs if j.start > closed and j.problem and j.problem.title == CODE]
        assert case.recurs_about == min(failed).date().isoformat()
