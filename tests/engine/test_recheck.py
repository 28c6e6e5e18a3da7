"""Before each change the fault must still be there: what healed while the case waited is `not needed`, and nothing changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from engine.switch import set_switch
from sandbox.backup.run import start_backup
from tests.engine.driver import Driver, driving

GROUP = "AzureBackupRG_westeurope_1"
LOCK = {"scope": f"group:{GROUP}", "name": "do-not-delete"}
AUTO = '[modes]\nbackup = "auto"\nextension = "auto"\ngovernance = "auto"\ndata = "auto"\n'
WINDOW = (
    '[[window]]\nname = "late"\ntiers = ["governance", "extension"]\nfrom = "20:00"\nto = "23:00"\ntime_zone = "UTC"\n'
)
WAITS = ["switch", "setting", "window", "approval"]
"""What keeps a case from its first change; each ends after the fault was healed."""


async def waiting(driver: Driver, why: str) -> None:
    """Turn until the case waits for what `why` says."""
    if why == "switch":
        await set_switch(driver.engine.rows, "off", "Ada", "odd", driver.box.now)
    if why == "setting":
        driver.engine = replace(driver.engine, settings=replace(driver.engine.settings, changes="off"))
    await driver.announce()
    for _ in range(2):
        await driver.turn()
    case = await the_case(driver)
    assert case.phase == ("ask" if why == "approval" else "gate"), case.timeline


async def go_on(driver: Driver, why: str) -> None:
    """End the waiting."""
    if why == "switch":
        await set_switch(driver.engine.rows, "on", "Ada", "well again", driver.box.now)
    if why == "setting":
        driver.engine = replace(driver.engine, settings=replace(driver.engine.settings, changes="on"))
    if why == "approval":
        await driver.decide(await the_case(driver), "approve")


def policy_for(why: str) -> str:
    return AUTO.replace("auto", "approve") if why == "approval" else AUTO + (WINDOW if why == "window" else "")


async def the_case(driver: Driver) -> Case:
    (case,) = await driver.engine.cases.newest(driver.box.now, 9)
    return case


async def back_up_by_hand(driver: Driver) -> None:
    """Somebody else backs the machine up, and it works."""
    start_backup(driver.box.sim, next(iter(driver.box.model.items)), on_demand=False)
    await driver.box.advance(timedelta(hours=1, minutes=30))
    assert next(j for j in driver.box.model.jobs if j.start > driver.box.now - timedelta(hours=2)).status == "Completed"


async def only(driver: Driver) -> Case:
    (case,) = await driver.run()
    return case


def kinds(driver: Driver) -> list[str]:
    return [change["kind"] for change in driver.box.changes()]


async def until(driver: Driver, seen: Callable[[], bool], turns: int = 300) -> None:
    while not seen():
        assert turns and driver.runs.due, kinds(driver)
        await driver.turn()
        turns -= 1


def locked(**more: Any) -> dict[str, Any]:
    code = {"code": "UserErrorRpCollectionLimitReached"}
    vm = {"name": "web-01", "restore_points": 18, "restore_group": GROUP, "failure": code, **more}
    return {"name": "recheck", "title": "for a test", "machine": [vm], "lock": [LOCK]}


def drop_points(driver: Driver, count: int) -> None:
    """Somebody deletes the oldest restore points by hand and leaves the lock as it was; more are overdue still."""
    for point in sorted(driver.box.model.restore_points, key=lambda p: p.created)[:count]:
        driver.box.model.restore_points.remove(point.id)


@pytest.mark.parametrize("why", WAITS)
async def test_no_lock_is_lifted_where_backups_work_again_though_the_lock_is_still_there(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(locked(), tmp_path, monkeypatch, policy=policy_for(why)) as driver:
        await waiting(driver, why)
        drop_points(driver, 8)
        await back_up_by_hand(driver)
        await go_on(driver, why)
        case = await only(driver)
        assert (case.outcome, kinds(driver)) == ("not needed", []), case.timeline
        assert await driver.engine.leases.all() == [] and await driver.locks() == driver.locks_at_start


@pytest.mark.parametrize("why", WAITS)
async def test_no_extension_is_removed_where_a_backup_completed_meanwhile(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=policy_for(why)) as driver:
        await waiting(driver, why)
        repair(driver)
        await back_up_by_hand(driver)
        await go_on(driver, why)
        case = await only(driver)
        assert (case.outcome, kinds(driver)) == ("not needed", [])


def repair(driver: Driver) -> None:
    """Somebody repairs the snapshot extension by hand."""
    for vm in list(driver.box.model.machines):
        whole = tuple(replace(e, state="Succeeded") for e in vm.extensions)
        driver.box.model.machines.put(replace(vm, extensions=whole))


@pytest.mark.parametrize("why", ["switch", "window"])
async def test_an_extension_that_was_repaired_is_not_removed_and_the_case_looks_for_the_cause_anew(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=policy_for(why)) as driver:
        await waiting(driver, why)
        repair(driver)
        await go_on(driver, why)
        case = await only(driver)
        assert "extension.delete" not in kinds(driver)
        assert "looked again" in [note["event"] for note in case.timeline] and case.cause == "transient_error"


@pytest.mark.parametrize("why", ["switch", "window"])
async def test_a_lock_that_its_owner_lifted_meanwhile_is_not_ours_to_lift_or_to_return(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(locked(), tmp_path, monkeypatch, policy=policy_for(why)) as driver:
        await waiting(driver, why)
        for lock in list(driver.box.model.locks):
            driver.box.model.locks.remove(lock.id)
        await go_on(driver, why)
        case = await only(driver)
        assert case.outcome == "remediated" and not {"lock.delete", "lock.write"} & set(kinds(driver))
        assert await driver.locks() == [], "what we did not borrow we do not bring"


@pytest.mark.parametrize("healed", [True, False])
async def test_a_deletion_that_was_agreed_to_is_made_only_while_backups_still_fail(
    healed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day may lie between the question about a whole collection and its answer."""
    declared = {**locked(unvaulted=18, cleanup_stuck=True), "lock": []}
    async with driving(declared, tmp_path, monkeypatch) as driver:
        await driver.announce()
        while (await the_case(driver)).phase != "ask":
            await driver.turn()
        if healed:
            drop_points(driver, 4)
            await back_up_by_hand(driver)
        await driver.decide(await the_case(driver), "approve")
        await until(driver, lambda: not driver.runs.due or "collection.delete" in kinds(driver))
        assert ("collection.delete" in kinds(driver)) is not healed
        case = await only(driver)
        assert case.outcome == "remediated", case.ending


async def test_the_last_look_is_taken_between_two_deletions_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the first point is gone backups work: the other points are left to Azure Backup's own clean-up."""
    declared = {**locked(cleanup_stuck=True), "lock": []}
    async with driving(declared, tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "restore_point.delete" in kinds(driver))
        await back_up_by_hand(driver)
        case = await only(driver)
        assert kinds(driver).count("restore_point.delete") == 1 and case.outcome == "remediated"


def passing(**more: Any) -> dict[str, Any]:
    vm = {"name": "web-01", "failure": {"code": "BackUpOperationFailed"}}
    return {"name": "passing", "title": "for a test", "machine": [vm], **more}


async def test_a_passing_error_waits_for_the_next_schedule_within_the_rpo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(passing(policy={"hour": 5}), tmp_path, monkeypatch) as driver:
        await driver.announce()
        case = await only(driver)
        assert (case.outcome, kinds(driver)) == ("not needed", [])
        assert case.proof["job_end"][:13] == "2026-03-02T05", "the scheduled run of five o'clock is the proof"


@pytest.mark.parametrize("hour", [2, 22])
async def test_a_passing_error_is_backed_up_on_demand_where_the_next_schedule_is_past_the_rpo(
    hour: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest point is of 02:00 yesterday, so with a daily policy the machine is past its RPO at 14:00."""
    async with driving(passing(policy={"hour": hour}), tmp_path, monkeypatch) as driver:
        begun = driver.box.now
        await driver.announce()
        case = await only(driver)
        assert case.outcome == "remediated" and kinds(driver) == ["backup.trigger"]
        assert driver.box.now - begun < timedelta(hours=4)


async def test_a_schedule_that_was_waited_for_and_failed_too_is_not_waited_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(passing(policy={"hour": 5}), tmp_path, monkeypatch) as driver:
        item = next(iter(driver.box.model.items))
        driver.box.model.items.put(replace(item, next_failures=("BackUpOperationFailed",)))
        await driver.announce()
        await driver.run()
        assert driver.box.now.day == 2, "nobody waits for another night"
