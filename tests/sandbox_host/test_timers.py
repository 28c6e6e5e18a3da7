"""Timer functions."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.host.config import ConfigError, read_time_span
from sandbox.host.schedule import Schedule

from .process import HostProcess
from .stub_clock import START, StubClock

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 */5 * * * *", "2026-03-02T02:05:00"),
        ("*/10 * * * * *", "2026-03-02T02:00:10"),
        ("0 30 9 * * 1-5", "2026-03-02T09:30:00"),
        ("0 0 0 13 * 5", "2026-03-13T00:00:00"),  # day and weekday must both match: a Friday the 13th
        ("30 3 * * *", "2026-03-02T03:30:00"),
    ],
)
def test_schedules_are_read_as_ncrontab(expression: str, expected: str) -> None:
    assert Schedule(expression, "f").after(MONDAY) == datetime.fromisoformat(expected + "+00:00")


@pytest.mark.parametrize("expression", ["", "* * *", "0 99 * * * *", "0 0 0 31 2 *", "soon"])
def test_a_schedule_that_cannot_be_used_is_refused_by_name(expression: str) -> None:
    with pytest.raises(ConfigError, match=r"^nightly: the schedule"):
        Schedule(expression, "nightly")


def test_time_spans_are_read_as_dotnet_writes_them() -> None:
    assert read_time_span("1.02:00:30") == timedelta(days=1, hours=2, seconds=30)
    with pytest.raises(ConfigError, match="not a time span"):
        read_time_span("30s")


async def test_a_timer_fires_on_schedule_and_its_output_is_delivered(jumper: HostProcess, clock: StubClock) -> None:
    await jumper.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(days=2)).isoformat()})
    facts = await jumper.idle()
    nights = jumper.book("nightly")
    assert [entry["now"] for entry in nights] == ["2026-03-02T03:00:00+00:00", "2026-03-03T03:00:00+00:00"]
    assert not any(entry["past_due"] for entry in nights)
    assert nights[1]["status"] == {
        "Last": "2026-03-02T03:00:00+00:00",
        "Next": "2026-03-03T03:00:00+00:00",
        "LastUpdated": "2026-03-02T03:00:00+00:00",
    }
    assert [entry["text"] for entry in jumper.book("tally")] == ["tally", "tally"]
    assert facts["nextDue"] == "2026-03-04T03:00:00+00:00"


async def test_an_occurrence_missed_while_the_host_was_down_runs_past_due(
    jumper: HostProcess, clock: StubClock
) -> None:
    await jumper.idle()
    await jumper.kill()
    clock.now = START + timedelta(days=3)
    await jumper.start()
    await jumper.idle()
    nights = jumper.book("nightly")
    assert [(entry["past_due"], entry["now"]) for entry in nights] == [(True, clock.now.isoformat())]
    await jumper.kill()
    await jumper.start()
    await jumper.idle()
    assert len(jumper.book("nightly")) == 1  # nothing was missed this time


async def test_run_on_startup_runs_at_every_start(jumper: HostProcess) -> None:
    await jumper.idle()
    await jumper.terminate()
    await jumper.start()
    await jumper.idle()
    assert len({entry["pid"] for entry in jumper.book("at_start")}) == 2


async def test_the_admin_endpoint_runs_a_timer_now(jumper: HostProcess) -> None:
    assert (await jumper.admin("POST", "/admin/functions/nightly", {"input": ""}))[0] == 202
    await jumper.idle()
    assert [entry["now"] for entry in jumper.book("nightly")] == [START.isoformat()]
