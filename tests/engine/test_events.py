"""The events that alerts on the engine watch: each is written when it should be, and at no other time."""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.arm.faults import parse_faults
from tests.engine.asking import ASKS, asked
from tests.engine.driver import driving
from tests.engine.fleets import limits
from tests.engine.locked_worlds import kinds, machine, until, world


def events(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Those that an alert may watch: what is told of a case on its way is no warning."""
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    told: list[Any] = [getattr(record, "event", "") for record in warned]
    assert all(f"event={event}" in record.getMessage() for event, record in zip(told, warned, strict=True) if event)
    return [event for event in told if event]


async def test_a_question_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        await driver.announce()
        await asked(driver)
        for _ in range(3):
            await driver.turn()
        assert events(caplog) == ["approval.waiting"]


async def test_a_lock_that_cannot_come_back_in_time_is_told_each_round_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with driving(world(machine("web-01")), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await until(driver, lambda: "lock.delete" in kinds(driver))
        await driver.reap()
        assert events(caplog) == []
        await driver.box.advance(timedelta(days=3))
        driver.box.pipeline.options.faults = parse_faults(
            [{"kind": "503", "path_contains": "/locks/", "method": "PUT", "times": 50}]
        )
        await driver.reap()
        assert events(caplog) == ["lease.overdue"]
        driver.box.pipeline.options.faults = []
        assert (await driver.reap())["returned"] == 1 and events(caplog) == ["lease.overdue"]


@pytest.mark.parametrize("times", [2, 3])
async def test_a_breaker_is_told_when_it_opens_and_not_before(
    times: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    policy = limits(breaker_failures=3, machines_per_vault_and_hour_percent=100, fleet_failures_percent=100)
    failing = {"snapshot_extension": "Failed", "always_fails": "UserErrorQuiesceBrokerUnreachable"}
    machines = [
        {"name": f"vm-{n}", "failure": {"code": "UserErrorVmProvisioningStateFailed"}, **failing} for n in range(times)
    ]
    async with driving(
        {"name": "b", "title": "t", "machine": machines}, tmp_path, monkeypatch, policy=policy
    ) as driver:
        await driver.announce_all()
        await driver.run(6000)
        opened = [event for event in events(caplog) if event == "breaker.open"]
        assert bool(opened) == (times == 3)
