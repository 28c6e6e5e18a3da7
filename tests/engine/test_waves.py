"""Many items of a region that fail alike are one incident: no changes meanwhile, and afterwards every case goes on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from engine.claims import open_case
from engine.engine import Engine
from engine.limits.brake import brake_of
from engine.sweep import sweep
from tests.engine.driver import Driver, driving
from tests.engine.fleets import AUTO, changes

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REGION, CODE = "westeurope", "BackUpOperationFailed"


def region(count: int, **more: Any) -> dict[str, Any]:
    failed = {"failure": {"code": CODE}}
    made = [{"name": f"vm-{n:02}", "group": f"rg-{n % 3}", **failed} for n in range(count)]
    return {"name": "region", "title": "for a test", "requests_per_hour": 100_000, "machine": made, **more}


def ten(**more: int) -> str:
    return (
        f"{AUTO}[limits]\nincident_items = 10\nincident_percent = 100\nmachines_per_vault_and_hour_percent = 100\n"
        + "".join(f"{name} = {value}\n" for name, value in more.items())
    )


async def cases_of(driver: Driver, kind: str = "") -> list[Case]:
    return [case for case in await driver.engine.cases.newest(driver.box.now, 90, 1000) if case.kind == kind]


async def work(driver: Driver, until: datetime, reap: bool = True) -> None:
    """Turns and the reaper of every five minutes, until then."""
    due = driver.box.now
    while due < until:
        due += 5 * MINUTE
        while driver.runs.due and min(driver.runs.due.values()) <= due:
            await driver.turn()
        await driver.box.advance(max(due, driver.box.now))
        if reap:
            await driver.reap()


async def fail_elsewhere(driver: Driver, count: int, region: str = REGION, code: str = CODE) -> None:
    for number in range(count):
        await driver.engine.incidents.saw(region, code, f"item {number}", driver.box.now)


async def test_in_an_incident_nothing_is_changed_and_afterwards_every_case_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(region(12), tmp_path, monkeypatch, policy=ten()) as driver:
        await driver.announce_all()
        await work(driver, driver.box.now + 55 * MINUTE)
        (incident,) = await cases_of(driver, "incident")
        assert changes(driver) == [] and not incident.closed
        held = [case.timeline[-1]["text"] for case in await cases_of(driver)]
        assert all(incident.id in text for text in held), held
        await work(driver, driver.box.now + 24 * HOUR)
        assert {case.outcome for case in await cases_of(driver)} == {"remediated"}
        (incident,) = await cases_of(driver, "incident")
        assert incident.outcome == "incident over"
        first = min(at for at, _, _ in changes(driver))
        assert first >= NOW + HOUR


async def test_the_first_alerts_of_a_wave_do_not_run_ahead_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One alert every twenty seconds: when the first case was told, nobody could know."""
    async with driving(region(12), tmp_path, monkeypatch, policy=ten()) as driver:
        for case in driver.world["cases"]:
            await driver.announce(item_id=case["item"])
            await work_to(driver, driver.box.now + timedelta(seconds=20))
        await work(driver, driver.box.now + 30 * MINUTE)
        assert changes(driver) == [] and len(await cases_of(driver, "incident")) == 1


async def test_a_wave_that_only_the_sweep_tells_of_is_an_incident_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(region(12), tmp_path, monkeypatch, policy=ten()) as driver:
        found = await sweep(driver.engine, driver.box.now)
        for failure in found:
            await open_case(driver.engine.cases, driver.runs, failure, driver.box.now)
        await work(driver, driver.box.now + 30 * MINUTE)
        assert len(found) == 12 and changes(driver) == []
        assert len(await cases_of(driver, "incident")) == 1


async def work_to(driver: Driver, until: datetime) -> None:
    while driver.runs.due and min(driver.runs.due.values()) <= until:
        await driver.turn()
    await driver.box.advance(max(until, driver.box.now))


async def test_a_case_that_is_at_work_already_stops_before_its_next_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("full_collection", tmp_path, monkeypatch, policy=ten()) as driver:
        await driver.announce()
        while not any(kind == "restore_point.delete" for _, kind, _ in changes(driver)):
            await driver.turn()
        (case,) = await cases_of(driver)
        before = len(changes(driver))
        await fail_elsewhere(driver, 30, case.region, case.code)
        await work(driver, driver.box.now + 45 * MINUTE)
        assert len(changes(driver)) == before
        await work(driver, driver.box.now + 30 * HOUR)
        assert len(changes(driver)) > before


async def test_an_incident_of_one_code_does_not_stop_a_case_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(region(1), tmp_path, monkeypatch, policy=ten()) as driver:
        await fail_elsewhere(driver, 30, REGION, "UserErrorRpCollectionLimitReached")
        await fail_elsewhere(driver, 30, "northeurope", CODE)
        await driver.announce()
        await work(driver, driver.box.now + 40 * MINUTE)
        assert [kind for _, kind, _ in changes(driver)] == ["backup.trigger"]


async def test_the_share_is_that_of_all_subscriptions_whose_failures_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    class Reads:
        async def items_in_region(self, subscriptions: tuple[str, ...], region: str, now: datetime) -> int:
            asked.append(subscriptions)
            return 1000

    async with driving(region(1), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await driver.turn()
        (case,) = await cases_of(driver)
        await fail_elsewhere(driver, 15)
        settings = replace(driver.engine.settings, subscriptions=(*driver.engine.settings.subscriptions, "ANOTHER"))
        engine: Engine = replace(driver.engine, settings=settings, reads=Reads())  # type: ignore[arg-type]
        assert await brake_of(engine, case, driver.box.now) == ""
        assert asked == [tuple(sorted((driver.world["subscription"], "another")))]


async def test_while_the_size_of_the_region_cannot_be_read_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    down = {"rules": [{"kind": "503", "path_contains": "Microsoft.ResourceGraph", "times": 1000}]}
    policy = ten().replace("incident_items = 10\n", "incident_items = 500\n")
    async with driving(region(12), tmp_path, monkeypatch, policy=policy, faults=down) as driver:
        await driver.announce_all()
        await work(driver, driver.box.now + 15 * MINUTE)
        assert changes(driver) == []
