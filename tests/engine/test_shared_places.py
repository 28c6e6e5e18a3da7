"""What many share is judged by the strictest of them: a lock on a group, a denied resource, the alerts of one job."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.engine.asking import first_question, said
from tests.engine.driver import driving, ended
from tests.engine.locked_worlds import AUTO, GROUP, kinds, machine, the_case, world
from tests.engine.test_alerts_closed import states, the_alert, told_by

PROD = """
[[rule]]
name = "test machines"
group = "rg-test"
modes = { backup = "auto", extension = "auto", governance = "auto", data = "auto" }
"""
SUBSCRIPTION = "5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88"


async def test_a_lock_shared_with_a_machine_of_a_stricter_rule_is_lifted_only_by_that_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = world(machine("web-01", group="rg-test"), machine("web-02", group="rg-prod"))
    async with driving(both, tmp_path, monkeypatch, policy=PROD) as driver:
        await driver.announce()
        while (case := await the_case(driver)).phase != "ask":
            await driver.turn()
        assert "[modes]" in case.ask["why"] and kinds(driver) == []


@pytest.mark.parametrize("group", ["rg-prod", GROUP])
async def test_what_the_deny_list_holds_is_not_touched_for_anybodys_sake(
    group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that shares the group, or the restore point group itself."""
    policy = AUTO + f'\n[scope]\ndeny = ["/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}"]\n'
    both = world(machine("web-01", group="rg-test"), machine("web-02", group="rg-prod"), subscription=SUBSCRIPTION)
    async with driving(both, tmp_path, monkeypatch, policy=policy) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and "deny list" in case.ending["reason"], case.ending
        assert kinds(driver) == [] and await driver.engine.leases.all() == []


async def test_a_second_alert_of_the_same_job_is_closed_with_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        first = await the_alert(driver)
        told = told_by(first)
        second = type(first)(
            **{name: getattr(first, name) for name in first.__slots__} | {"id": f"{first.id[:-4]}beef"}
        )
        driver.box.model.alerts.put(second)
        await driver.announce(**told)
        await driver.announce(**{**told, "alert": second.id, "told_by": "alert a rule of our own"})
        (case,) = await driver.run()
        assert case.outcome == "remediated" and states(driver) == ["Closed", "Closed"]


async def test_a_question_may_stand_longer_than_a_case_may_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = '[modes]\nextension = "approve"\nbackup = "auto"\n[limits]\napproval_hours = 336\n'
    async with driving("extension_failed", tmp_path, monkeypatch, policy=policy) as driver:
        case = await first_question(driver)
        asked_at = driver.box.now
        while driver.box.now < asked_at + timedelta(days=10) and driver.runs.due:
            await driver.turn()
        case = await the_case(driver)
        assert not case.closed or case.outcome == "not needed", case.ending
        (case,) = await driver.run()
        assert case.outcome != "gave up" and said(case, "decision")


async def test_observe_names_the_cause_and_makes_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}
    for mode in ("observe", "plan"):
        async with driving("locked_group", tmp_path / mode, monkeypatch, mode=mode) as driver:
            await driver.announce()
            (case,) = await driver.run()
            assert ended([case]) == {case.told.item_id: ("backup_group_locked", "needs a person", False)}
            seen[mode] = (bool(case.plan), case.ending["instructions"].startswith("The plan: 1."))
    assert seen == {"observe": (False, False), "plan": (True, True)}
