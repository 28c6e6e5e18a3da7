"""When a lock may be lifted again, from when its time counts, and where the policy lets it stay off."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.journal import Journal
from sandbox.arm.rbac import Role
from sandbox.backup.run import start_backup
from sandbox.roles import EVERYTHING
from tests.engine.driver import driving
from tests.engine.locked_worlds import (
    AUTO,
    GROUP,
    kinds,
    lease_rows,
    machine,
    points_of,
    sent,
    the_case,
    until,
    world,
)


@pytest.mark.parametrize("days", [1, 13, 15])
async def test_a_second_lift_in_the_group_asks_a_person_for_a_fortnight_whoever_lifted_first(
    days: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01"), machine("web-02")), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await driver.run()
        lifted = next(datetime.fromisoformat(c["at"]) for c in driver.box.changes() if c["kind"] == "lock.delete")
        await driver.box.advance(lifted + timedelta(days=days))
        driver.runs.at = driver.box.now
        await driver.announce(item_id=driver.world["cases"][1]["item"])
        if days > 14:
            await until(driver, lambda: kinds(driver).count("lock.delete") == 2)
            assert not (await the_case(driver, 1)).ask
            return
        while not (await the_case(driver, 1)).ask:
            await driver.turn()
        case = await the_case(driver, 1)
        assert kinds(driver).count("lock.delete") == 1 and f"{lifted:%Y-%m-%d}" in case.ask["why"]
        await driver.decide(case, "approve")
        await driver.run()
        assert (await the_case(driver, 1)).outcome.startswith("remediated")
        assert await driver.locks() == driver.locks_at_start


async def test_a_lease_that_was_stored_and_never_lifted_its_lock_is_no_first_lift(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = Role(("*",), ("Microsoft.Authorization/locks/delete",))
    async with driving(world(machine("web-01"), machine("web-02")), tmp_path, monkeypatch, role=role) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and "locks/delete" in case.ending["instructions"]
        assert [row["state"] for row in await lease_rows(driver)] == ["returned"]
        driver.box.pipeline.options.role = EVERYTHING
        await driver.announce(item_id=driver.world["cases"][1]["item"])
        await driver.run()
        second = await the_case(driver, 1)
        assert second.outcome.startswith("remediated") and not second.ask, "nobody is asked about a second lift"


async def test_the_deadline_counts_from_the_lift_where_the_lift_was_held_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a lock whose lift a switch held for a day and a half would be back before the clean-up had begun."""
    faults = {"rules": [{"kind": "429", "method": "DELETE", "path_contains": "/locks/", "times": 100}]}
    async with driving(world(machine("web-01")), tmp_path, monkeypatch, faults=faults) as driver:
        await driver.announce()
        await until(driver, lambda: bool(sent(driver, "DELETE")))
        (row,) = await lease_rows(driver)
        await driver.box.advance(timedelta(hours=30))
        driver.box.pipeline.options.faults = None
        await until(driver, lambda: "lock.delete" in kinds(driver))
        (after,) = await lease_rows(driver)
        moved = datetime.fromisoformat(after["deadline"]) - datetime.fromisoformat(row["deadline"])
        assert moved >= timedelta(hours=30)


@pytest.mark.parametrize("state", ["done", "unknown", "refused"])
async def test_a_lift_stays_on_record_behind_a_later_lease_that_lifted_nothing(
    state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        leases, first = driver.engine.leases, driver.box.now
        (one,) = await driver.engine.reads.locks(driver.world["subscription"], first)
        group = one.scope
        assert await leases.take("a", one, group, first)
        journal = Journal(driver.engine.rows, "a")
        await journal.result(await journal.intend("lock.delete", one.id, first, {}), state, first)
        await leases.release("a", first)
        later = first + timedelta(days=2)
        assert await leases.take("b", one, group, later)
        await leases.release("b", later)
        assert await leases.last_lift(group, "c") == (None if state == "refused" else first)
        assert await leases.last_lift(group, "a") is None, "a case's own lift is no second one"


async def test_a_lock_whose_group_is_gone_is_not_called_returned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))
        for item in list(driver.box.model.items):
            driver.box.model.items.put(replace(item, protection_state="ProtectionStopped"))
        (group,) = [one for one in driver.box.model.groups if one.name == GROUP]
        for table in (driver.box.model.restore_points, driver.box.model.collections):
            for row in list(table):
                table.remove(row.id)
        driver.box.model.groups.remove(group.id)
        await driver.run()
        said = [note["text"] for note in (await the_case(driver)).timeline]
        assert not [text for text in said if "returned as it was" in text]


def leave_off(*machines: str) -> str:
    rules = [f'[[rule]]\nname = "off {name}"\nmachine = "{name}"\nlocks = "leave off"\n' for name in machines]
    return AUTO + "".join(rules)


async def test_where_the_policy_says_so_the_lock_stays_off_and_the_record_says_how_to_return_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine("web-01")), tmp_path, monkeypatch, policy=leave_off("web-01")) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert (case.outcome, case.recurs_about) == ("remediated", "")
        assert await driver.locks() == [] and await driver.engine.leases.all() == []
        said = [note["text"] for note in case.timeline if note["event"] == "lease"]
        assert any("off web-01" in text and "az lock create" in text for text in said)
        assert [row["state"] for row in await lease_rows(driver)] == ["left off"]


async def test_a_lock_that_could_not_be_lifted_is_not_recorded_as_left_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role, off = Role(("*",), ("Microsoft.Authorization/locks/delete",)), leave_off("web-01")
    async with driving(world(machine("web-01")), tmp_path, monkeypatch, policy=off, role=role) as driver:
        await driver.announce()
        await driver.run()
        assert [row["state"] for row in await lease_rows(driver)] == ["returned"]
        assert await driver.locks() == driver.locks_at_start


@pytest.mark.parametrize("off", ["web-01", "web-02"])
async def test_a_lock_that_one_holders_policy_wants_back_is_returned(
    off: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = world(machine("web-01"), machine("web-02"))
    async with driving(both, tmp_path, monkeypatch, policy=leave_off(off)) as driver:
        for case in driver.world["cases"]:
            await driver.announce(item_id=case["item"])
        await driver.run()
        assert await driver.locks() == driver.locks_at_start


async def test_a_case_that_only_shared_the_lease_keeps_it_too_until_its_own_points_are_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is `not needed`, for somebody else's backup proves it, and its collection is overdue all the same."""
    stuck = machine("web-02", cleanup_stuck=True)
    async with driving(world(machine("web-01"), stuck), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))
        second = await driver.announce(item_id=driver.world["cases"][1]["item"])
        while not any(second["case"] in row["holders"] for row in await lease_rows(driver)):
            await driver.turn()
        for old in sorted(points_of(driver, "web-02", timedelta()))[:4]:
            (point,) = [p for p in driver.box.model.restore_points if p.name == old and "_web-02_" in p.collection]
            driver.box.model.restore_points.remove(point.id)
        item = next(one for one in driver.box.model.items if one.machine_name == "web-02")
        start_backup(driver.box.sim, item, on_demand=False)
        await until(driver, lambda: "lock.write" in kinds(driver))
        lifted, back = [datetime.fromisoformat(c["at"]) for c in driver.box.changes() if c["kind"].startswith("lock.")]
        assert back - lifted >= timedelta(hours=47)
        await driver.run()
        case = await the_case(driver, 1)
        assert case.outcome.startswith("not needed, recurs about"), case.outcome
