"""Maintenance windows, blackouts, allow and deny lists; and a policy that is deployed while a case is at work."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.policy import Mode, Policy, Rule
from remediations.contract import Risk
from tests.engine.asking import asked, the_case
from tests.engine.driver import Driver, driving
from tests.engine.fleets import changes, fleet, limits, run

WINDOW = '\n[[window]]\nname = "noon"\ntiers = ["governance", "data", "extension"]\nfrom = "{}"\nto = "{}"\ntime_zone = "{}"\n'


@pytest.mark.parametrize(("zone", "opens"), [("Europe/Berlin", 11), ("Asia/Tokyo", 3), ("America/New_York", 17)])
async def test_a_risky_fix_waits_for_the_window_by_the_clock_of_its_zone(
    zone: str, opens: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits() + WINDOW.format("12:00", "13:00", zone)
    async with driving("extension_failed", tmp_path, monkeypatch, policy=policy) as driver:
        (case,) = await run(driver)
        first, second = changes(driver)
        assert first[:2] == (datetime(2026, 3, 2, opens, tzinfo=UTC), "extension.delete")
        assert second[1] == "backup.trigger" and case.outcome == "remediated"


async def test_when_the_window_closes_in_the_middle_of_a_fix_the_next_change_waits_for_the_next_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = limits() + WINDOW.format("03:00", "03:01", "UTC")
    async with driving("full_collection", tmp_path, monkeypatch, policy=policy) as driver:
        (case,) = await run(driver)
        deleted = [at for at, kind, _ in changes(driver) if kind == "restore_point.delete"]
        assert {(at.hour, at.minute) for at in deleted} == {(3, 0)}, deleted
        assert any(
            note["text"].startswith("the maintenance window opens at 2026-03-04 03:00") for note in case.timeline
        )


async def test_no_backup_is_asked_for_in_blackout_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = limits() + '\n[[blackout]]\nname = "batch"\nfrom = "03:00"\nto = "18:00"\ntime_zone = "Europe/Berlin"\n'
    async with driving("extension_failed", tmp_path, monkeypatch, policy=policy) as driver:
        await run(driver)
        removed, backup = changes(driver)
        assert removed[0] < datetime(2026, 3, 2, 3, tzinfo=UTC), "other changes do not wait"
        assert backup[0] == datetime(2026, 3, 2, 17, tzinfo=UTC)


LISTS = {
    "denied": '\n[scope]\ndeny = ["{group}"]\n',
    "not allowed": '\n[scope]\nallow = ["{group}-other"]\n',
}


@pytest.mark.parametrize("how", LISTS)
async def test_what_the_lists_keep_out_is_diagnosed_and_not_changed(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fleet(1)
    world["subscription"] = "8f2b1c4e-6d5a-4f0e-9c4b-1f0a3d2e7c88"
    group = f"/subscriptions/{world['subscription']}/resourceGroups/rg-0"
    async with driving(world, tmp_path, monkeypatch, policy=limits() + LISTS[how].format(group=group)) as driver:
        (case,) = await run(driver)
        assert (case.cause, case.outcome) == ("snapshot_extension_failed", "needs a person")
        assert "list" in case.ending["reason"] and driver.box.changes() == []
        assert not any(note["event"] == "gate" for note in case.timeline), "the gate itself stops it"
        assert not [r for r in driver.box.requests() if r["write"]]


async def mid_step(driver: Driver) -> str:
    """The case that has deleted the first of many restore points."""
    case_id = str((await driver.announce())["case"])
    while not any(kind == "restore_point.delete" for _, kind, _ in changes(driver)):
        await driver.turn()
    return case_id


@pytest.mark.parametrize("how", ["deny", "mode"])
async def test_a_policy_deployed_in_the_middle_of_a_fix_holds_before_its_next_change(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("full_collection", tmp_path, monkeypatch) as driver:
        await mid_step(driver)
        before = len(changes(driver))
        denied = (f"/subscriptions/{driver.world['subscription']}",) if how == "deny" else ()
        modes = dict.fromkeys(Risk, Mode.PLAN if how == "mode" else Mode.AUTO)
        driver.engine = replace(driver.engine, policy=Policy(modes, deny=denied))
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and "nothing more is changed" in case.ending["reason"]
        assert len(changes(driver)) == before


@pytest.mark.parametrize(
    ("now_says", "why"), [({}, "asks for an approval"), ({"auto_after": 20}, "0 of 20 approved plans that unlock")]
)
async def test_a_policy_that_asks_from_now_on_asks_before_the_next_change_of_a_fix_that_went_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now_says: dict[str, int], why: str
) -> None:
    modes = dict.fromkeys(Risk, Mode.AUTO if now_says else Mode.APPROVE)
    async with driving("full_collection", tmp_path, monkeypatch) as driver:
        await mid_step(driver)
        before = len(changes(driver))
        driver.engine = replace(driver.engine, policy=Policy(rules=(Rule("all", modes=modes, **now_says),)))
        question = await asked(driver)
        assert len(changes(driver)) == before and why in question.ask["why"]
        while driver.runs.due:
            if (case := await the_case(driver)).phase == "ask":
                await driver.decide(case, "approve")
            await driver.turn()
        case = await the_case(driver)
        assert case.outcome == "remediated" and len(changes(driver)) > before


async def test_a_broken_policy_deployed_in_the_middle_of_a_fix_holds_it_until_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("full_collection", tmp_path, monkeypatch) as driver:
        await mid_step(driver)
        before, good = len(changes(driver)), driver.engine
        driver.engine = replace(good, policy=Policy(problems=("policy.toml, line 3: no such key",)))
        for _ in range(5):
            await driver.turn()
        assert len(changes(driver)) == before
        driver.engine = good
        (case,) = await driver.run()
        assert case.outcome == "remediated" and len(changes(driver)) > before


async def test_a_policy_that_only_plans_from_now_on_still_gives_the_lock_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        await driver.announce()
        while not driver.box.changes():
            await driver.turn()
        driver.engine = replace(driver.engine, policy=Policy(dict.fromkeys(Risk, Mode.PLAN)))
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and await driver.locks() == driver.locks_at_start
        assert [c["kind"] for c in driver.box.changes()] == ["lock.delete", "lock.write"]
