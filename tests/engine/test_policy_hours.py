"""When changes and backups may be made: windows over midnight, days of the week, clocks put forward and back."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.policy import Policy
from engine.policy.hours import EVERY_DAY, LOOK_AHEAD, Hours
from engine.policy.scope import Place, Scope
from remediations.contract import Risk
from tests.engine.test_policy import each, place

BERLIN = ZoneInfo("Europe/Berlin")
SATURDAY, SUNDAY = 5, 6
MINUTE = timedelta(minutes=1)
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
HOURS = st.builds(
    Hours,
    name=st.just("w"),
    start=TIMES,
    end=TIMES,
    zone=st.sampled_from([ZoneInfo("UTC"), BERLIN, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("America/St_Johns")]),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    scope=st.sampled_from([Scope(), Scope(tag="env=prod"), Scope(tag="env=test"), Scope(machine="db-*")]),
    tiers=st.just(frozenset({Risk.DATA})),
)
# Some of the instants at which these clocks change, in UTC; what goes wrong goes wrong near them.
CHANGES = [
    datetime.fromisoformat(f"{at}:00+00:00")
    for at in ("2026-03-29T01", "2026-10-25T01", "2026-04-04T15", "2026-11-01T04")
]
NOWS = st.one_of(
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.builds(lambda at, minutes: at + minutes * MINUTE, st.sampled_from(CHANGES), st.integers(-1500, 1500)),
)


def window(start: str, end: str, days: frozenset[int] = EVERY_DAY, scope: Scope = Scope()) -> Hours:  # noqa: B008
    tiers = frozenset({Risk.DATA, Risk.GOVERNANCE})
    return Hours("w", time.fromisoformat(start), time.fromisoformat(end), BERLIN, days, scope, tiers)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def opens(hours: Hours, now: datetime, at: Place | None = None) -> datetime | None:
    return Policy(windows=(hours,)).opens(Risk.DATA, at or place(), now)


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-03-07 21:59", "2026-03-07 22:00"),
        ("2026-03-07 22:00", None),
        ("2026-03-08 04:59", None),
        ("2026-03-08 05:00", "2026-03-08 22:00"),
        ("2026-03-09 04:59", None),
        ("2026-03-09 05:00", "2026-03-14 22:00"),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_starts(now: str, opening: str | None) -> None:
    found = opens(window("22:00", "05:00", frozenset({SATURDAY, SUNDAY})), berlin(now))
    assert found == (berlin(opening) if opening else None)


def test_a_tier_without_a_window_and_a_place_without_one_are_always_open() -> None:
    hours = window("22:00", "05:00", scope=Scope(machine="db-*"))
    noon = berlin("2026-03-07 12:00")
    assert opens(hours, noon) is None
    assert opens(hours, noon, place("db-01")) == berlin("2026-03-07 22:00")
    assert Policy(windows=(hours,)).opens(Risk.BACKUP, place("db-01"), noon) is None


def test_the_same_time_twice_is_a_window_of_24_hours() -> None:
    hours = window("22:00", "22:00", frozenset({SATURDAY}))
    assert opens(hours, berlin("2026-03-08 21:59")) is None
    assert opens(hours, berlin("2026-03-08 22:00")) == berlin("2026-03-14 22:00")


@each
@given(st.lists(HOURS, max_size=3), NOWS, st.sampled_from([{}, {"env": "prod"}, {"env": "test"}]))
def test_an_opening_is_open_and_the_minute_before_it_is_not(
    windows: list[Hours], now: datetime, tags: dict[str, str]
) -> None:
    policy, here = Policy(windows=tuple(windows)), place(tags=tags)
    at = policy.opens(Risk.DATA, here, now)
    if at is not None:
        assert at > now and at.utcoffset() == timedelta(0)
        assert policy.opens(Risk.DATA, here, at) is None
        assert policy.opens(Risk.DATA, here, max(now, at - MINUTE)) == at


@each
@given(st.lists(HOURS, max_size=3), NOWS, st.sampled_from([{}, {"env": "prod"}, {"env": "test"}]))
def test_windows_never_open_earlier_for_tags_that_cannot_be_read(
    windows: list[Hours], now: datetime, tags: dict[str, str]
) -> None:
    policy = Policy(windows=tuple(windows), blackouts=tuple(windows))
    if policy.opens(Risk.DATA, place(tags_known=False), now) is None:
        assert policy.opens(Risk.DATA, place(tags=tags), now) is None
    if policy.backups_open(place(tags_known=False), now) is None:
        assert policy.backups_open(place(tags=tags), now) is None


def test_windows_that_hold_only_perhaps_and_never_meet_are_looked_at_again_in_a_fortnight() -> None:
    prod = window("22:00", "23:00", scope=Scope(tag="env=prod"))
    test = window("02:00", "03:00", scope=Scope(tag="env=test"))
    now = berlin("2026-03-07 22:30")
    assert Policy(windows=(prod, test)).opens(Risk.DATA, place(tags_known=False), now) == now + LOOK_AHEAD


@each
@given(st.lists(HOURS, max_size=3), NOWS)
def test_a_blackout_ends_when_backups_are_open_and_not_a_minute_sooner(blackouts: list[Hours], now: datetime) -> None:
    policy = Policy(blackouts=tuple(blackouts))
    at = policy.backups_open(place(), now)
    if at is not None and at < now + LOOK_AHEAD - timedelta(days=2):
        assert at > now
        assert policy.backups_open(place(), at) is None
        assert policy.backups_open(place(), max(now, at - MINUTE)) == at


def test_blackouts_that_follow_one_another_are_waited_for_together() -> None:
    first, second = window("18:00", "20:00"), window("19:30", "23:00")
    policy = Policy(blackouts=(second, first))
    assert policy.backups_open(place(), berlin("2026-03-07 18:30")) == berlin("2026-03-07 23:00")
    assert policy.backups_open(place(), berlin("2026-03-07 17:59")) is None


@each
@given(HOURS, NOWS)
def test_in_a_window_the_clock_on_the_wall_stands_within_its_times_on_its_days(hours: Hours, now: datetime) -> None:
    hours = Hours("w", hours.start, hours.end, hours.zone, hours.days, tiers=hours.tiers)
    if opens(hours, now) is None:
        local = now.astimezone(hours.zone)
        clock, today, yesterday = local.time(), local.weekday(), (local.weekday() - 1) % 7
        if hours.start < hours.end:
            assert hours.start <= clock < hours.end and today in hours.days
        else:
            evening, morning = clock >= hours.start, clock < hours.end
            assert (evening and today in hours.days) or (morning and yesterday in hours.days)


# Berlin, 2026: on 29 March the clock jumps from 2:00 to 3:00; on 25 October from 3:00 back to 2:00.


def test_a_window_is_an_hour_shorter_in_the_night_in_which_the_clock_is_put_forward() -> None:
    hours = window("22:00", "05:00", frozenset({SATURDAY}))
    start = berlin("2026-03-28 22:00")
    assert opens(hours, start + timedelta(hours=6) - MINUTE) is None
    assert opens(hours, start + timedelta(hours=6)) == berlin("2026-04-04 22:00")


def test_a_window_within_the_hour_that_is_skipped_or_repeated_does_not_open_that_night() -> None:
    hours = window("02:15", "02:45")
    assert opens(hours, berlin("2026-03-29 00:00")) == berlin("2026-03-30 02:15")
    assert opens(hours, berlin("2026-10-25 00:00")) == berlin("2026-10-26 02:15")


def test_a_blackout_within_the_hour_that_is_repeated_holds_both_times() -> None:
    policy = Policy(blackouts=(window("02:15", "02:45"),))
    first = datetime(2026, 10, 25, 0, 15, tzinfo=UTC)
    assert policy.backups_open(place(), first) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)


def test_a_blackout_that_begins_in_the_hour_that_is_skipped_holds_until_its_end() -> None:
    policy = Policy(blackouts=(window("02:30", "03:10"),))
    assert policy.backups_open(place(), berlin("2026-03-29 03:05")) == berlin("2026-03-29 03:10")
