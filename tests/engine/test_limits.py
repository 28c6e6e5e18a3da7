"""No storm: what the owner's limits say holds in the simulated Azure's own record of changes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.engine import Engine
from engine.gate.waiting import work_pools
from engine.sweep import sweep
from tests.engine.driver import Driver, driving
from tests.engine.fleets import HOUR, changes, fleet, limits, run


@pytest.mark.parametrize("most", [1, 4])
async def test_in_no_hour_are_there_more_changes_in_a_vault_than_allowed(
    most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits(changes_per_vault_and_hour=most, machines_per_vault_and_hour_percent=100)
    async with driving(fleet(5), tmp_path, monkeypatch, policy=policy) as driver:
        await run(driver)
        made = [at for at, _, _ in changes(driver)]
        assert len(made) == 10, "and in the end all is done"
        assert max(sum(at <= other < at + HOUR for other in made) for at in made) == most


async def test_a_new_hour_of_the_clock_is_no_new_allowance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first machine is changed at 02:57, the second could be at 03:02."""
    policy = limits(changes_per_vault_and_hour=1, machines_per_vault_and_hour_percent=100)
    async with driving(fleet(2), tmp_path, monkeypatch, policy=policy) as driver:
        for minutes, case in zip((22, 5), driver.world["cases"], strict=True):
            await driver.box.advance(driver.box.now + timedelta(minutes=minutes))
            driver.runs.at = driver.box.now
            await driver.announce(item_id=case["item"])
        await driver.run(4000)
        first, second, *_ = [at for at, _, _ in changes(driver)]
        assert first.hour == 2 and second >= first + HOUR


async def test_the_nightly_sweep_clears_the_places_of_hours_that_are_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(fleet(2), tmp_path, monkeypatch, policy=limits()) as driver:
        await run(driver)
        assert await driver.engine.rows.scan("slots")
        await sweep(driver.engine, driver.box.now + HOUR)
        assert await driver.engine.rows.scan("slots") == []


async def test_in_no_hour_is_a_larger_share_of_a_vault_changed_than_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits(machines_per_vault_and_hour_percent=40)
    async with driving(fleet(5), tmp_path, monkeypatch, policy=policy) as driver:
        await run(driver)
        made = changes(driver)
        assert max(len({m for other, _, m in made if at <= other < at + HOUR}) for at, _, _ in made) == 2
        assert len({m for _, _, m in made}) == 5


async def test_one_machine_of_a_small_vault_may_always_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits(machines_per_vault_and_hour_percent=1)
    async with driving(fleet(2), tmp_path, monkeypatch, policy=policy) as driver:
        assert {case.outcome for case in await run(driver)} == {"remediated"}


async def test_looks_inside_guests_wait_for_no_allowance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("windows_by_hand", tmp_path, monkeypatch, policy=limits(changes_per_vault_and_hour=1)) as driver:
        began, cases = driver.box.now, await run(driver)
        assert len(cases) == 6 and {kind for _, kind, _ in changes(driver)} == {
            "run_command.write",
            "run_command.delete",
        }
        assert max(datetime.fromisoformat(case.closed) for case in cases) < began + HOUR


@pytest.mark.parametrize("of", ["vault", "subscription"])
async def test_no_more_cases_work_at_once_than_allowed_and_each_gets_its_turn(
    of: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits(**{f"cases_at_once_per_{of}": 2}, machines_per_vault_and_hour_percent=100)
    async with driving(fleet(4), tmp_path, monkeypatch, policy=policy) as driver:
        await driver.announce_all()
        most = 0
        while driver.runs.due:
            await driver.turn()
            open_now = [c for c in await driver.engine.cases.newest(driver.box.now) if not c.closed]
            most = max(most, sum(case.phase in ("step", "prove") for case in open_now))
        assert most == 2
        assert {c.outcome for c in await driver.engine.cases.newest(driver.box.now)} == {"remediated"}
        assert await driver.engine.slots.kept() == []


async def test_a_place_that_a_closed_case_still_has_is_freed_by_the_reaper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that outlived its time may take a place after the case was closed by another turn."""
    async with driving(fleet(2), tmp_path, monkeypatch, policy=limits(cases_at_once_per_vault=1)) as driver:
        (case,) = [await driver.announce()] and await driver.run()
        vault, subscription = work_pools(case.told.item_id)
        await driver.announce(item_id=driver.world["cases"][1]["item"])
        at_work = driver.world["cases"][1]["item"]
        for pool, holder in ((vault, case.id), (subscription, case.id), (subscription, "of no case at all")):
            assert await driver.engine.slots.take(pool, 9, holder)
        await driver.reap()
        assert await driver.engine.slots.kept() == []
        while not await driver.engine.slots.kept():
            await driver.turn()
        await driver.reap()
        holders = {holder for _, holder in await driver.engine.slots.kept()}
        (open_now,) = [c for c in await driver.engine.cases.newest(driver.box.now) if c.told.item_id == at_work]
        assert holders == {open_now.id}, "who works keeps its place"


async def test_a_lock_goes_back_and_the_alert_is_closed_though_every_limit_is_spent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, policy=limits(changes_per_vault_and_hour=9)) as driver:
        await driver.announce(alert=(await first_alert(driver)))
        while min(driver.runs.due.values()) < datetime(
            2026, 3, 3, 2, 40, tzinfo=UTC
        ):  # all is changed, nothing is proven
            await driver.turn()
        for pool in [row.partition for row in await driver.engine.rows.scan("slots") if row.value["until"]]:
            for number in range(9):
                await driver.engine.slots.take(pool, 9, f"other {number}", driver.box.now)
        (case,) = await driver.run()
        assert case.outcome.startswith("remediated")
        assert await driver.locks() == driver.locks_at_start
        assert [c["kind"] for c in driver.box.changes()][-2:] == ["lock.write", "alert.close"]


async def first_alert(driver: Driver) -> str:
    await driver.box.advance(driver.box.now + timedelta(minutes=2))
    (alert,) = driver.box.model.alerts
    return str(alert.id)


async def test_the_rest_of_an_item_survives_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(
        fleet(1, always_fails="BackUpOperationFailed"), tmp_path, monkeypatch, policy=limits()
    ) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and len(changes(driver)) > 1
        closed, before = driver.box.now, len(changes(driver))
        again = Engine.open(driver.engine.settings)
        driver.engine, old = again, driver.engine
        await old.close()
        await driver.announce()
        await driver.run()
        assert min(at for at, _, _ in changes(driver)[before:]) >= closed + HOUR


async def test_after_enough_attempts_in_a_day_a_person_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits(attempts_per_item_and_day=2, breaker_failures=100, cooldown_minutes=0)
    async with driving(fleet(1, always_fails="BackUpOperationFailed"), tmp_path, monkeypatch, policy=policy) as driver:
        for _ in range(2):
            await driver.announce()
            await driver.run()
        before = len(changes(driver))
        await driver.announce()
        while (case := (await driver.engine.cases.newest(driver.box.now))[0]).phase != "ask":
            await driver.turn()
        assert "2 attempts" in case.ask["why"] and len(changes(driver)) == before


async def test_a_fix_that_keeps_failing_in_a_vault_asks_before_it_changes_the_next_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits(breaker_failures=2)
    async with driving(fleet(3, always_fails="BackUpOperationFailed"), tmp_path, monkeypatch, policy=policy) as driver:
        for machine in driver.world["cases"][:2]:
            await driver.announce(item_id=machine["item"])
            await driver.run()
        before = len(changes(driver))
        await driver.announce(item_id=driver.world["cases"][2]["item"])
        while (case := (await driver.engine.cases.newest(driver.box.now))[0]).phase != "ask":
            await driver.turn()
        assert "breaker is open" in case.ask["why"] and len(changes(driver)) == before
        await driver.decide(case, "approve")
        await driver.run()
        assert len(changes(driver)) > before, "a person may let it go on all the same"
