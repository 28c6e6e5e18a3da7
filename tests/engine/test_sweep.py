"""The sweep finds what no alert told of, a bounded number at a time, and never what a case knows already."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import GAVE_UP, NEEDS_PERSON
from engine.claims import open_case
from engine.sweep import sweep
from tests.engine.driver import Driver, driving

FAILED = {"code": "BackUpOperationFailed", "trigger": "sweep"}


def world(*machines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "swept", "title": "for a test", "machine": list(machines), **more}


async def find(driver: Driver) -> list[str]:
    """The items that a sweep of now would open cases for, by their machines."""
    await driver.box.advance(timedelta(minutes=5))
    return [f.item_id.rsplit(";", 1)[-1] for f in await sweep(driver.engine, driver.box.now)]


async def test_failed_jobs_that_no_alert_told_of_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machines = ({"name": "web-01", "failure": FAILED}, {"name": "web-02"}, {"name": "web-03", "failure": FAILED})
    async with driving(world(*machines), tmp_path, monkeypatch) as driver:
        assert sorted(await find(driver)) == ["web-01", "web-03"]


async def test_no_more_than_so_many_cases_are_opened_by_one_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines = [{"name": f"web-{n:02}", "failure": FAILED} for n in range(30)]
    async with driving(world(*machines), tmp_path, monkeypatch) as driver:
        few = replace(driver.engine.settings, sweep_max_cases=20)
        driver.engine = replace(driver.engine, settings=few)
        assert len(await find(driver)) == 20


async def test_what_a_case_works_on_or_has_seen_to_its_end_is_not_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("machine_deleted", tmp_path, monkeypatch) as driver:
        await driver.box.advance(timedelta(minutes=5))
        [failure] = await sweep(driver.engine, driver.box.now)
        await open_case(driver.engine.cases, driver.runs, failure, driver.box.now)
        assert await find(driver) == []
        [case] = await driver.run()
        assert case.outcome == NEEDS_PERSON
        assert await find(driver) == []


async def test_a_case_that_gave_up_on_a_failing_azure_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("transient_failure", tmp_path, monkeypatch) as driver:
        await driver.box.advance(timedelta(minutes=5))
        [failure] = await sweep(driver.engine, driver.box.now)
        await open_case(driver.engine.cases, driver.runs, failure, driver.box.now)
        got = await driver.engine.cases.get(failure.case_id)
        assert got is not None
        case, row = got
        case.end(driver.box.now, GAVE_UP, "Azure kept failing")
        await driver.engine.cases.save(case, row)
        driver.runs.due[case.id] = driver.box.now
        await driver.run()
        [again] = await sweep(driver.engine, driver.box.now)
        assert again.case_id != failure.case_id
        await open_case(driver.engine.cases, driver.runs, again, driver.box.now)
        assert sorted(case.outcome for case in await driver.run()) == [GAVE_UP, "remediated"]


async def test_an_item_past_its_rpo_without_any_failed_job_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world({"name": "web-01"}, {"name": "web-02"}), tmp_path, monkeypatch) as driver:
        assert await find(driver) == []
        silent = next(item for item in driver.box.model.items if item.id.casefold().endswith("web-02"))
        stale = driver.box.now - timedelta(days=3)
        driver.box.model.items.put(replace(silent, last_point=stale))
        for job in [job for job in driver.box.model.jobs if job.item == silent.id]:
            driver.box.model.jobs.remove(job.name)
        assert await find(driver) == ["web-02"]
        told = (await sweep(driver.engine, driver.box.now))[0]
        assert told.told_by == "sweep: no recent recovery point"


async def test_without_subscriptions_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("machine_deleted", tmp_path, monkeypatch) as driver:
        engine = replace(driver.engine, settings=replace(driver.engine.settings, subscriptions=()))
        assert await sweep(engine, driver.box.now) == []
        assert driver.box.requests() == []


async def test_an_item_whose_backup_is_running_is_not_without_any_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world({"name": "web-01", "still_running": True}), tmp_path, monkeypatch) as driver:
        [item] = list(driver.box.model.items)
        driver.box.model.items.put(replace(item, last_point=driver.box.now - timedelta(days=3)))
        assert any(job.status == "InProgress" for job in driver.box.model.jobs)
        assert await find(driver) == []


async def test_a_policy_that_cannot_be_read_hides_no_failed_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = {"kind": "503", "method": "GET", "path_contains": "/backupPolicies/", "times": 50}
    machines = ({"name": "web-01", "failure": FAILED}, {"name": "web-02"})
    async with driving(world(*machines), tmp_path, monkeypatch, faults={"rules": [down]}) as driver:
        for item in list(driver.box.model.items):
            driver.box.model.items.put(replace(item, last_point=driver.box.now - timedelta(days=3)))
        assert await find(driver) == ["web-01"]
        assert any("/backupPolicies/" in r["path"] and r["status"] == 503 for r in driver.box.requests())


@pytest.mark.parametrize(("hours", "found"), [(20, []), (40, ["web-01"]), (None, ["web-01"])])
async def test_an_item_that_was_never_backed_up_is_as_old_as_its_protection(
    hours: int | None, found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daily policy's RPO is 36 hours; a protection that no job of the last 14 days shows is older than that."""
    async with driving(world({"name": "web-01"}), tmp_path, monkeypatch) as driver:
        [item] = list(driver.box.model.items)
        driver.box.model.items.put(replace(item, last_point=None, protection_state="IRPending"))
        for job in (jobs := list(driver.box.model.jobs)):
            driver.box.model.jobs.remove(job.name)
        if hours is not None:
            start = driver.box.now - timedelta(hours=hours)
            driver.box.model.jobs.put(replace(jobs[0], operation="ConfigureBackup", status="Completed", start=start))
        assert await find(driver) == found
