"""The fix that gets a backup made: never beside a running job, never twice for one asking, never beyond the quota."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.journal import Journal
from remediations.contract import Done, NotApplicable, TryLater
from sandbox.backup.run import start_backup
from tests.engine.driver import Driver
from tests.remediations.stage import Start, call, changes, follow, scene, writes

FIX = "trigger_backup"
LIMIT = "UserErrorRpCollectionLimitReached"


def one_item(driver: Driver) -> Any:
    return next(iter(driver.box.model.items))


async def test_a_backup_is_triggered_once_and_followed_to_its_end(start: Start) -> None:
    async with start() as driver:
        result = await follow(driver, FIX)
        assert isinstance(result, Done) and result.job
        assert changes(driver) == ["backup.trigger"] and writes(driver, "POST", "/backup") == 1
        assert driver.box.model.jobs.require(f"{one_item(driver).vault}/{result.job}").status == "Completed"


@pytest.mark.parametrize("fault", ["drop_after", "drop", "503", "500", "504", "409", "429"])
async def test_whatever_becomes_of_the_answer_exactly_one_backup_is_made(start: Start, fault: str) -> None:
    async with start(faults=[{"kind": fault, "method": "POST", "path_contains": "/backup"}]) as driver:
        case_id = (await driver.announce())["case"]
        await driver.run()
        assert changes(driver, "backup.trigger") == [one_item(driver).id.rpartition("/")[2]]
        got = await driver.engine.cases.get(case_id)
        assert got is not None and got[0].outcome == "remediated"


async def test_a_lost_answer_and_a_lost_memory_still_make_one_backup(start: Start) -> None:
    """The process dies right after the POST: nothing but the intent in the journal is left."""
    async with start(faults=[{"kind": "drop_after", "method": "POST", "path_contains": "/backup"}]) as driver:
        since = driver.box.now
        with pytest.raises(Exception, match="trigger a backup"):
            await call(driver, FIX, since=since, failed_at=since)
        for _ in range(12):
            result = await call(driver, FIX, since=since, failed_at=since, memo={})
            assert isinstance(result, TryLater)
            await driver.box.advance(timedelta(seconds=20))
        assert writes(driver, "POST", "/backup") == 1
        assert isinstance(await follow(driver, FIX, since=since, failed_at=since), Done)
        assert writes(driver, "POST", "/backup") == 1


async def test_an_asking_that_never_arrived_is_repeated_only_after_ten_minutes(start: Start) -> None:
    async with start(faults=[{"kind": "drop", "method": "POST", "path_contains": "/backup"}]) as driver:
        since = driver.box.now
        with pytest.raises(Exception, match="trigger a backup"):
            await call(driver, FIX, since=since, failed_at=since)
        await driver.box.advance(timedelta(minutes=9, seconds=59))
        assert isinstance(await call(driver, FIX, since=since, failed_at=since), TryLater)
        assert writes(driver, "POST", "/backup") == 1
        assert isinstance(await follow(driver, FIX, since=since, failed_at=since), Done)
        assert changes(driver) == ["backup.trigger"] and writes(driver, "POST", "/backup") == 2


async def test_a_job_that_azure_dates_a_little_before_our_asking_is_found_all_the_same(start: Start) -> None:
    """Our clock runs three minutes fast, the answer is lost, and the process forgets."""
    async with start() as driver:
        asked = driver.box.now + timedelta(minutes=3)
        at = scene(driver)
        await Journal(driver.engine.rows, "c" * 32).intend("backup.trigger", at.target.item_id, asked, {})
        start_backup(driver.box.sim, one_item(driver), on_demand=True)
        await driver.box.advance(timedelta(minutes=4))
        result = await follow(driver, FIX, since=asked - timedelta(minutes=1), failed_at=asked)
        assert isinstance(result, Done) and changes(driver) == []


@pytest.mark.parametrize("operation", ["Backup", "Restore"])
@pytest.mark.parametrize("status", ["InProgress", "Cancelling"])
async def test_no_backup_is_asked_for_while_a_job_runs(start: Start, operation: str, status: str) -> None:
    async with start() as driver:
        job = start_backup(driver.box.sim, one_item(driver), on_demand=True)
        driver.box.model.jobs.put(replace(job, operation=operation, status=status, listed_at=job.start))
        assert isinstance(await call(driver, FIX), TryLater)
        assert writes(driver, "POST", "/backup") == 0


@pytest.mark.parametrize("like", ["rg-app;web-011", "rg-app2;web-01", "my-rg-app;web-01", "rg-app;my-web-01"])
async def test_a_running_job_of_a_machine_of_like_name_stands_in_nobodys_way(start: Start, like: str) -> None:
    async with start() as driver:
        job = start_backup(driver.box.sim, one_item(driver), on_demand=True)
        other = job.container.replace("rg-app;web-01", like)
        driver.box.model.jobs.put(replace(job, container=other, listed_at=job.start))
        await call(driver, FIX)
        assert writes(driver, "POST", "/backup") == 1


async def test_an_updating_machine_is_left_alone_until_it_is_done(start: Start) -> None:
    async with start({"updating_minutes": 20}) as driver:
        result = await call(driver, FIX)
        assert isinstance(result, TryLater) and "Updating" in result.reason
        assert writes(driver, "POST", "/backup") == 0
        assert isinstance(await follow(driver, FIX), Done)


@pytest.mark.parametrize("limit", [0, 1, 2])
async def test_a_spent_quota_waits_for_the_next_day_of_utc(start: Start, limit: int) -> None:
    async with start() as driver:
        for _ in range(limit):  # on-demand backups of other hands, long after the scheduled run
            await driver.box.advance(timedelta(hours=4))
            start_backup(driver.box.sim, one_item(driver), on_demand=True)
        await driver.box.advance(timedelta(hours=4))
        result = await call(driver, FIX, params={"on_demand_per_day": limit}, code="x")
        assert isinstance(result, TryLater) and writes(driver, "POST", "/backup") == 0
        then = driver.box.now + timedelta(seconds=result.delay)
        assert then.date() == driver.box.now.date() + timedelta(days=1) and then.hour == 0


@pytest.mark.parametrize("code", ["CloudDosAbsoluteLimitReached"])
async def test_azures_own_quota_error_parks_the_case_until_the_next_day(start: Start, code: str) -> None:
    async with start({"next_failures": ["BackUpOperationFailed"] * 20}) as driver:
        item, params = one_item(driver), {"on_demand_per_day": 100}
        since = driver.box.now
        while writes(driver, "POST", "/backup") < 9:
            await driver.engine.starts.backup(item.id, since + timedelta(days=9))
            await driver.box.advance(timedelta(minutes=10))
        result = await call(driver, FIX, params=params, case="d" * 32, failed_at=driver.box.now)
        assert isinstance(result, TryLater) and "quota" in result.reason
        assert (driver.box.now + timedelta(seconds=result.delay)).date() > driver.box.now.date()


async def test_the_first_failure_is_expected_only_where_the_plan_says_so(start: Start) -> None:
    async with start({"next_failures": [LIMIT]}) as driver:
        result = await follow(driver, FIX, code=LIMIT)
        assert isinstance(result, NotApplicable)


async def test_a_first_failure_of_another_code_is_not_the_expected_one(start: Start) -> None:
    async with start({"next_failures": ["UserErrorGuestAgentStatusUnavailable"]}) as driver:
        result = await follow(driver, FIX, code=LIMIT, params={"first_failure": "expected"})
        assert isinstance(result, NotApplicable) and "UserErrorGuestAgentStatusUnavailable" in result.reason


@pytest.mark.parametrize("told", [LIMIT, LIMIT.upper()])
async def test_the_expected_first_failure_is_borne_and_the_next_scheduled_run_is_awaited(
    start: Start, told: str
) -> None:
    machine = {"restore_points": 18, "restore_group": "AzureBackupRG_westeurope_1"}
    async with start(machine) as driver:
        result = await follow(driver, FIX, code=told, params={"first_failure": "expected"})
        assert isinstance(result, Done)
        assert changes(driver) == ["backup.trigger"], "the run that proved it was the scheduled one"
        job = driver.box.model.jobs.require(f"{one_item(driver).vault}/{result.job}")
        assert not job.on_demand and job.start > datetime.fromisoformat("2026-03-03T02:00:00+00:00")


async def test_where_clean_up_never_comes_the_step_ends_within_a_day(start: Start) -> None:
    machine = {"restore_points": 18, "restore_group": "AzureBackupRG_westeurope_1", "cleanup_stuck": True}
    async with start(machine) as driver:
        begun = driver.box.now
        result = await follow(driver, FIX, code=LIMIT, params={"first_failure": "expected"})
        assert isinstance(result, NotApplicable) and changes(driver) == ["backup.trigger"]
        assert driver.box.now - begun < timedelta(hours=14)


async def test_a_stopped_protection_is_refused_by_azure_and_not_asked_again(start: Start) -> None:
    async with start() as driver:
        driver.box.model.items.put(replace(one_item(driver), protection_state="ProtectionStopped"))
        result = await follow(driver, FIX)
        assert isinstance(result, NotApplicable) and writes(driver, "POST", "/backup") == 1


async def test_with_changes_switched_off_nothing_is_sent(start: Start) -> None:
    async with start() as driver:
        with pytest.raises(Exception, match="switched off"):
            await call(driver, FIX, off="switched off")
        assert not any(r["write"] for r in driver.box.requests())
        assert await Journal(driver.engine.rows, "c" * 32).changes() == []
