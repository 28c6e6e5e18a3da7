"""The fix that deletes restore points: overdue ones with a vault copy, oldest first, while nothing is active."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.arm.errors import Locked
from remediations.contract import Done, NeedsApproval, NotApplicable, NothingToDo, TryLater
from remediations.facts import Unknown
from sandbox.backup.run import start_backup
from tests.engine.driver import Driver
from tests.remediations.stage import Start, call, changes, follow

FIX = "delete_restore_point_collection"
GROUP = "AzureBackupRG_westeurope_1"
FULL = {"restore_points": 18, "restore_group": GROUP}


def left(driver: Driver) -> list[Any]:
    return sorted(driver.box.model.restore_points, key=lambda p: p.created)


async def test_overdue_points_go_oldest_first_and_those_within_retention_stay(start: Start) -> None:
    async with start(FULL) as driver:
        before = left(driver)
        assert isinstance(await follow(driver, FIX), Done)
        edge = driver.box.now - timedelta(days=2)
        assert changes(driver, "restore_point.delete") == [p.name for p in before if p.created < edge]
        assert [p.name for p in left(driver)] == [p.name for p in before if p.created >= edge]
        assert "collection.delete" not in changes(driver)


async def test_one_canary_goes_first_and_alone(start: Start) -> None:
    async with start(FULL) as driver:
        oldest = left(driver)[0].name
        await call(driver, FIX)
        assert changes(driver, "restore_point.delete") == [oldest]
        assert isinstance(await call(driver, FIX), TryLater), "it has not been seen to go yet"
        assert len(changes(driver)) == 1


@pytest.mark.parametrize("unvaulted", [1, 5, 17])
async def test_points_without_a_copy_in_the_vault_are_kept(start: Start, unvaulted: int) -> None:
    async with start({**FULL, "unvaulted": unvaulted}) as driver:
        kept = [p.name for p in left(driver)[:unvaulted]]
        await follow(driver, FIX)
        assert not set(kept) & set(changes(driver, "restore_point.delete"))
        assert set(kept) <= {p.name for p in left(driver)}


async def test_where_no_point_is_safe_to_delete_a_person_decides_about_the_whole(start: Start) -> None:
    async with start({**FULL, "unvaulted": 18}) as driver:
        result = await call(driver, FIX)
        assert isinstance(result, NeedsApproval)
        assert all(p.name in result.what for p in left(driver))
        assert changes(driver) == []


async def test_a_few_points_of_which_none_is_overdue_are_left_alone(start: Start) -> None:
    async with start({"restore_points": 4}, policy={"snapshot_days": 5}) as driver:
        assert isinstance(await call(driver, FIX), NotApplicable)
        assert changes(driver) == []


async def test_an_open_file_recovery_session_stops_every_deletion(start: Start) -> None:
    async with start({**FULL, "file_session": True}) as driver:
        result = await call(driver, FIX)
        assert isinstance(result, TryLater) and "file recovery" in result.reason
        assert changes(driver) == []


@pytest.mark.parametrize("operation", ["Backup", "Restore"])
async def test_a_running_job_stops_every_deletion(start: Start, operation: str) -> None:
    async with start(FULL) as driver:
        job = start_backup(driver.box.sim, next(iter(driver.box.model.items)), on_demand=True)
        driver.box.model.jobs.put(replace(job, operation=operation, listed_at=job.start))
        assert isinstance(await call(driver, FIX), TryLater)
        assert changes(driver) == []


async def test_where_the_policy_does_not_say_how_long_snapshots_are_kept_nothing_goes(start: Start) -> None:
    async with start(FULL) as driver:
        policy = next(iter(driver.box.model.policies))
        driver.box.model.policies.put(replace(policy, snapshot_days=None))
        with pytest.raises(Unknown, match="how long"):
            await call(driver, FIX)
        assert changes(driver) == []


async def test_the_points_of_a_machine_that_was_recreated_are_not_ours(start: Start) -> None:
    async with start({**FULL, "recreated": True}) as driver:
        with pytest.raises(Unknown):
            await call(driver, FIX)
        assert changes(driver) == []


async def test_a_lock_is_respected_and_reported(start: Start) -> None:
    async with start(FULL, lock=[{"scope": f"group:{GROUP}", "name": "keep"}]) as driver:
        with pytest.raises(Locked, match="locked"):
            await call(driver, FIX)
        assert changes(driver) == [] and await driver.locks() == driver.locks_at_start


@pytest.mark.parametrize("fault", ["drop_after", "drop", "503"])
async def test_a_lost_answer_deletes_no_other_point_instead(start: Start, fault: str) -> None:
    rule = {"kind": fault, "method": "DELETE", "path_contains": "/restorePoints/"}
    async with start(FULL, faults=[rule]) as driver:
        before = left(driver)
        with pytest.raises(Exception, match="delete the restore point"):
            await call(driver, FIX)
        await follow(driver, FIX)
        assert changes(driver, "restore_point.delete") == [p.name for p in before[:17]]


async def test_without_points_there_is_nothing_to_do(start: Start) -> None:
    async with start({"restore_points": 0}) as driver:
        assert isinstance(await call(driver, FIX), NothingToDo)


async def test_a_canary_that_comes_back_lets_no_other_point_go(start: Start) -> None:
    """Compute accepts the deletion and fails it later, as with DiskRestorePointUsedByCustomer: the point is there again."""
    async with start(FULL) as driver:
        result = await call(driver, FIX)
        assert isinstance(result, TryLater)
        stuck = left(driver)[0]
        driver.box.model.restore_points.put(replace(stuck, state="Succeeded"))
        await call(driver, FIX, memo=dict(result.memo))
        assert set(changes(driver, "restore_point.delete")) == {stuck.name}


@pytest.mark.parametrize("which", [0, -1])
async def test_a_point_that_was_asked_for_before_goes_only_while_it_is_still_safe(start: Start, which: int) -> None:
    """The vault copy of the oldest is gone meanwhile; the newest may bear an old point's name. Memory is only a hint."""
    async with start({**FULL, "unvaulted": 1}) as driver:
        kept = left(driver)[which]
        memo = {"asked": [kept.name], "deleted": 0}
        for _ in range(4):
            result = await call(driver, FIX, memo=memo)
            memo = dict(getattr(result, "memo", memo)) | {"asked": [kept.name]}
            await driver.box.advance(timedelta(minutes=1))
        assert kept.name not in changes(driver, "restore_point.delete")
