"""Metrics of what is owed and of what a rehearsal does, read by the SDK from an engine in this process."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.metrics import CallbackOptions

from engine.telemetry.metrics import Gauge
from sandbox.arm.faults import parse_faults
from tests.engine.asking import ASKS, asked
from tests.engine.driver import driving
from tests.engine.locked_worlds import kinds, machine, until, world
from tests.engine.metering import measured

SCOPE = "azure_backup_runbooks"


async def test_a_lifted_lock_is_counted_until_it_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured("")
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))
        await driver.reap()
        assert measured(f"{SCOPE}.leases.out") == {(): 1}
        await driver.run()
        await driver.reap()
        assert measured(f"{SCOPE}.leases.out") == {(): 0}


async def test_a_lock_that_the_reaper_returns_is_out_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured("")
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))
        await driver.box.advance(timedelta(days=3))
        assert (await driver.reap())["returned"] == 1
        assert measured(f"{SCOPE}.leases.out") == {(): 0}


async def test_a_case_that_waits_for_a_person_is_counted_until_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured("")
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        await driver.announce()
        case = await asked(driver)
        await driver.reap()
        assert measured(f"{SCOPE}.approvals.waiting") == {(): 1}
        await driver.decide(case, "reject")
        await driver.run()
        await driver.reap()
        assert measured(f"{SCOPE}.approvals.waiting") == {(): 0}


async def test_a_dry_run_is_no_case_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: measured(f"{SCOPE}.{name}") for name in ("cases", "diagnosis.duration", "changes")}
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        await driver.announce(dry_run=True)
        await driver.run()
    assert {name: measured(f"{SCOPE}.{name}") for name in before} == before


async def test_a_diagnosis_that_is_made_again_is_timed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = measured(f"{SCOPE}.diagnosis.duration")
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        await driver.announce()
        [case] = await driver.run()
    after = measured(f"{SCOPE}.diagnosis.duration")
    assert {key: after[key] - counted.get(key, 0) for key in after if after[key] != counted.get(key, 0)} == {
        (case.cause,): 1
    }


def test_a_value_that_is_not_set_again_is_told_no_more() -> None:
    """Another instance has the timer by now, or none has: an old value would be told for ever."""
    at = [0.0]
    gauge = Gauge("for.a.test", "{x}", "x", clock=lambda: at[0])
    gauge.set(3, who="reaper")
    at[0] = 900.0
    gauge.set(4, who="sweep")
    assert [(o.value, o.attributes) for o in gauge.observe(CallbackOptions())] == [
        (3, {"who": "reaper"}),
        (4, {"who": "sweep"}),
    ]
    at[0] = 901.0
    assert [(o.value, o.attributes) for o in gauge.observe(CallbackOptions())] == [(4, {"who": "sweep"})]


async def test_locks_that_are_out_are_counted_though_the_round_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured("")
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))

        async def broken(case_id: str) -> bool:
            raise RuntimeError("the durable backend is away")

        monkeypatch.setattr(driver.runs, "alive", broken)
        with pytest.raises(ExceptionGroup):
            await driver.reap()
        assert measured(f"{SCOPE}.leases.out") == {(): 1}


async def test_each_entry_of_the_timeline_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        driver.box.pipeline.options.faults = parse_faults([{"kind": "503", "path_contains": "/locks", "times": 2}])
        await driver.announce()
        [case] = await driver.run()
    records: list[Any] = [one for one in caplog.records if str(getattr(one, "event", "")).startswith("case.")]
    told = [(one.event.removeprefix("case."), one.text) for one in records if one.event != "case.closed"]
    assert told == [(entry["event"], entry["text"]) for entry in case.timeline]
    assert any(event == "trouble" for event, _ in told)
    assert [one.event for one in records][-1] == "case.closed" and {one.case for one in records} == {case.id}
