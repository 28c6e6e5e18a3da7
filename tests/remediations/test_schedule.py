"""When a policy runs, and what no schedule explains. What is not understood says nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediations.backups.schedule import next_run, on_demand_today, rpo
from tests.remediations.made import job, policy

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "run"),
    [
        ("2026-03-02T01:59:59", "2026-03-02T02:00:00"),
        ("2026-03-02T02:00:00", "2026-03-03T02:00:00"),
        ("2026-02-28T23:00:00", "2026-03-01T02:00:00"),
        ("2026-12-31T03:00:00", "2027-01-01T02:00:00"),
    ],
)
def test_a_daily_policy_runs_at_its_hour_in_utc(after: str, run: str) -> None:
    assert next_run(policy(), at(after)) == at(run)


@pytest.mark.parametrize(
    ("zone", "hour", "after", "run"),
    [
        ("Europe/Berlin", 2, "2026-03-28T12:00:00", "2026-03-29T01:00:00"),  # 02:00 does not exist that night
        ("Europe/Berlin", 3, "2026-03-28T12:00:00", "2026-03-29T01:00:00"),
        ("Europe/Berlin", 3, "2026-03-29T12:00:00", "2026-03-30T01:00:00"),
        ("Europe/Berlin", 3, "2026-03-27T12:00:00", "2026-03-28T02:00:00"),
        ("Europe/Berlin", 2, "2026-10-24T12:00:00", "2026-10-25T00:00:00"),  # 02:00 exists twice: the first
        ("Europe/Berlin", 2, "2026-10-25T00:30:00", "2026-10-26T01:00:00"),
        ("America/New_York", 23, "2026-03-07T12:00:00", "2026-03-08T04:00:00"),
        ("America/New_York", 23, "2026-03-08T12:00:00", "2026-03-09T03:00:00"),
        ("Pacific/Kiritimati", 1, "2026-03-02T12:00:00", "2026-03-03T11:00:00"),
    ],
)
def test_the_hour_is_the_one_of_the_wall_clock_over_the_changes_of_time(
    zone: str, hour: int, after: str, run: str
) -> None:
    assert next_run(policy(time_zone=zone, run_times=((hour, 0),)), at(after)) == at(run)


def test_a_weekly_policy_runs_on_its_days_of_the_local_week() -> None:
    weekly = policy(frequency="Weekly", run_days=("Sunday", "Wednesday"))
    assert next_run(weekly, at("2026-03-02T12:00:00")) == at("2026-03-04T02:00:00")
    assert next_run(weekly, at("2026-03-04T02:00:00")) == at("2026-03-08T02:00:00")
    far_east = policy(frequency="Weekly", run_days=("Sunday",), time_zone="Asia/Tokyo")
    assert next_run(far_east, at("2026-03-02T12:00:00")) == at("2026-03-07T17:00:00")


@given(
    st.integers(0, 730 * 24 * 60).map(lambda minutes: at("2026-01-01T00:00:00") + timedelta(minutes=minutes)),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.lists(st.tuples(st.integers(0, 23), st.sampled_from([0, 30])), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from(WEEK), max_size=3, unique=True),
)
def test_the_next_run_is_later_and_within_eight_days_on_a_day_of_the_policy(
    after: datetime, zone: str, times: list[tuple[int, int]], days: list[str]
) -> None:
    told = policy(time_zone=zone, run_times=tuple(times), run_days=tuple(days), frequency="Weekly" if days else "Daily")
    run = next_run(told, after)
    assert run is not None and run.utcoffset() == timedelta(0)
    assert timedelta(0) < run - after <= timedelta(days=8)


@pytest.mark.parametrize(
    "zone",
    ["", "../etc/passwd", "Nowhere", "W. Europe"],
)
def test_a_zone_that_is_not_understood_says_nothing(zone: str) -> None:
    """No run is known, all of a day's backups count, no run is waited for."""
    strange = policy(time_zone=zone)
    assert next_run(strange, at("2026-03-02T12:00:00")) is None
    assert on_demand_today((job(at("2026-03-02T02:00:01")),), strange, at("2026-03-02T12:00:00")) == 1


@pytest.mark.parametrize(
    ("zone", "utc"),
    [("W. Europe Standard Time", 1), ("Romance Standard Time", 1), ("Pacific Standard Time", 10), ("UTC", 2)],
)
def test_a_zone_has_the_name_that_windows_gives_it(zone: str, utc: int) -> None:
    """02:00 local in winter; Azure Backup writes Windows names into its policies."""
    run = next_run(policy(time_zone=zone, run_times=((2, 0),), frequency="Daily"), at("2026-01-05T00:30:00"))
    assert run == at(f"2026-01-05T{utc:02}:00:00")


def test_an_hourly_policy_runs_at_each_hour_of_its_window() -> None:
    told = policy(frequency="Hourly", run_times=((8, 0), (12, 0), (16, 0), (20, 0)), interval_hours=4)
    assert next_run(told, at("2026-03-02T12:30:00")) == at("2026-03-02T16:00:00")


@pytest.mark.parametrize("told", [{"frequency": ""}, {"run_times": ()}, {"frequency": "Weekly"}])
def test_a_schedule_that_is_not_understood_says_nothing(told: dict[str, str]) -> None:
    assert next_run(policy(**told), at("2026-03-02T12:00:00")) is None


def test_only_the_backups_of_this_utc_day_that_no_schedule_explains_are_counted() -> None:
    now = at("2026-03-02T20:00:00")
    jobs = tuple(job(at(f"2026-03-0{when}")) for when in ("1T23:59:59", "2T02:00:07", "2T09:00:00", "2T19:00:00"))
    assert on_demand_today(jobs, policy(), now) == 2
    assert on_demand_today(jobs, None, now) == 3


@given(st.lists(st.integers(0, 110), min_size=1, max_size=8, unique=True))
def test_one_scheduled_run_explains_one_backup_only(minutes: list[int]) -> None:
    """Else every backup asked for within two hours of the schedule is free, and the daily cap does not hold."""
    jobs = tuple(job(at("2026-03-02T02:00:05") + timedelta(minutes=m)) for m in minutes)
    assert on_demand_today(jobs, policy(), at("2026-03-02T20:00:00")) == len(minutes) - 1


@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({}, 1.5),
        ({"frequency": "Weekly", "run_days": ("Sunday",)}, 10.5),
        ({"frequency": "Weekly", "run_days": WEEK}, 1.5),
        ({"frequency": "Hourly", "interval_hours": 4}, 0.25),
    ],
)
def test_a_point_may_grow_one_and_a_half_intervals_old(told: dict[str, object], days: float) -> None:
    assert rpo(policy(**told)) == timedelta(days=days)


@given(st.lists(st.sampled_from(WEEK), min_size=1, unique=True))
def test_a_weekly_machine_is_not_called_unprotected_before_its_next_run_is_due(days: list[str]) -> None:
    weekly = policy(frequency="Weekly", run_days=tuple(days))
    allowed, run = rpo(weekly), at("2026-03-02T00:00:00")
    assert allowed is not None
    for _ in range(8):
        ahead = next_run(weekly, run)
        assert ahead is not None
        if run.hour == 2:
            assert ahead - run < allowed
        run = ahead


@pytest.mark.parametrize("told", [{"frequency": ""}, {"frequency": "Hourly"}, {"frequency": "Weekly"}])
def test_without_an_interval_no_objective_is_made_up(told: dict[str, str]) -> None:
    assert rpo(policy(**told)) is None
