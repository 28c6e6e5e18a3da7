"""Reaper and sweep that fall silent are told of, by a log event and by a metric that an alert can watch."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.heartbeats import REAPER, SWEEP, ages, beat, silent, tell_of, watch
from gateway.store.opening import open_rows
from gateway.store.rows import Rows, StoreError
from tests.engine.metering import measured

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[Rows]:
    opened = open_rows(f"sqlite://{tmp_path}/store.db")
    yield opened
    await opened.close()


async def who_is_silent(rows: Rows, now: datetime) -> list[str]:
    return [one.who for one in await silent(rows, now)]


@pytest.mark.parametrize(("who", "allowed"), [(REAPER, 15 * MINUTE), (SWEEP, 26 * HOUR)])
async def test_a_round_is_enough_until_its_time_is_over(rows: Rows, who: str, allowed: timedelta) -> None:
    await beat(rows, who, NOW)
    assert who not in await who_is_silent(rows, NOW + allowed)
    assert who in await who_is_silent(rows, NOW + allowed + timedelta(seconds=1))
    await beat(rows, who, NOW + allowed + MINUTE)
    assert who not in await who_is_silent(rows, NOW + allowed + 2 * MINUTE)


async def test_before_the_first_round_silence_counts_from_the_first_look(rows: Rows) -> None:
    assert await who_is_silent(rows, NOW) == []
    assert await who_is_silent(rows, NOW + 15 * MINUTE) == []
    [silence] = await silent(rows, NOW + 16 * MINUTE)
    assert (silence.who, silence.last, silence.ever, silence.age_s) == (REAPER, NOW, False, 960.0)
    assert "no round has succeeded, watched since 2026-11-03 02:00:00 UTC" in silence.text
    assert await who_is_silent(rows, NOW + 27 * HOUR) == [REAPER, SWEEP]


async def test_the_first_look_is_no_round_and_the_first_round_ends_the_silence(rows: Rows) -> None:
    await ages(rows, NOW)
    await beat(rows, REAPER, NOW + HOUR)
    assert (await ages(rows, NOW + HOUR))[REAPER] == 0.0
    [silence] = await silent(rows, NOW + 2 * HOUR)
    assert "its last successful round was at 2026-11-03 03:00:00 UTC, 1.0 hours ago" in silence.text


async def test_a_round_counts_though_its_host_is_a_little_behind_who_looked_first(rows: Rows) -> None:
    await ages(rows, NOW)
    await beat(rows, REAPER, NOW - MINUTE)
    [silence] = await silent(rows, NOW + HOUR)
    assert (silence.ever, silence.last) == (True, NOW - MINUTE)


async def test_a_late_mark_never_replaces_a_newer_one(rows: Rows) -> None:
    await beat(rows, REAPER, NOW)
    await beat(rows, REAPER, NOW - HOUR)
    assert (await ages(rows, NOW + MINUTE))[REAPER] == 60.0


async def test_a_mark_of_a_clock_that_runs_ahead_is_no_silence(rows: Rows) -> None:
    await beat(rows, REAPER, NOW + MINUTE)
    assert (await ages(rows, NOW))[REAPER] == 0.0


async def test_two_hosts_may_leave_their_marks_at_one_instant(tmp_path: Path) -> None:
    one, two = open_rows(f"sqlite://{tmp_path}/store.db"), open_rows(f"sqlite://{tmp_path}/store.db")
    for at in range(20):
        await beat(one if at % 2 else two, SWEEP, NOW + at * MINUTE)
    assert (await ages(one, NOW + 19 * MINUTE))[SWEEP] == 0.0
    await one.close()
    await two.close()


async def test_each_silence_is_one_error_with_its_fields(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    await beat(rows, REAPER, NOW)
    await beat(rows, SWEEP, NOW)
    await watch(rows, NOW + HOUR)
    [record] = caplog.records
    assert (record.levelno, record.name) == (logging.ERROR, "azure_backup_runbooks")
    said = {"event": "heartbeat.silent", "who": REAPER, "last": NOW.isoformat(), "age_s": 3600, "allowed_s": 900}
    assert {name: getattr(record, name) for name in said} == said
    assert record.getMessage() == " ".join(f"{name}={value}" for name, value in said.items())


async def test_while_both_run_nothing_is_logged(rows: Rows, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await beat(rows, REAPER, NOW)
    await beat(rows, SWEEP, NOW)
    assert await watch(rows, NOW + 14 * MINUTE) == []
    assert caplog.records == []


async def test_the_metric_tells_the_age_of_everyone(rows: Rows) -> None:
    measured("")
    await beat(rows, REAPER, NOW)
    for later in (MINUTE, HOUR):
        tell_of([], await ages(rows, NOW + later))
    assert measured("azure_backup_runbooks.heartbeat.age") == {(REAPER,): 3600.0, (SWEEP,): 3540.0}


async def test_marks_that_cannot_be_read_are_told_of_too(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = open_rows(f"sqlite://{tmp_path}/store.db")
    (tmp_path / "store.db").mkdir()  # no file can be opened there
    with pytest.raises(StoreError):
        await watch(rows, NOW)
    assert [record.event for record in caplog.records] == ["heartbeat.unreadable"]
