"""Promise 3: the last copy is never deleted. An oracle that tries every pairing stands beside the product's rule."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.arm.model import RecoveryPoint
from gateway.arm.model import RestorePoint as Point
from remediations.backups.restore_point_matching import deletable
from tests.remediations.made import NOW, point, recovery_point

TWO_MINUTES = 120.0
DAY = timedelta(days=1)
RETENTION = timedelta(days=2)

# Ages on a coarse grid, so that rivals, exact two-minute distances and the edge of retention are met all the time.
AGES = st.sampled_from([60 * m for m in (0, 1, 2, 3, 4, 5)]).flatmap(
    lambda near: st.sampled_from([0, 1, 2, 3, 4]).map(lambda days: timedelta(days=days, seconds=near))
)
POINTS = st.lists(
    st.tuples(AGES, st.sampled_from(["Succeeded"] * 5 + ["Deleting", "Failed", "Creating", ""])), max_size=7
).map(lambda told: [point(age, name=f"p{n}", id=f"/p/{n}", state=state) for n, (age, state) in enumerate(told)])
TIERS = st.sampled_from(
    [{"InstantRP": "Valid", "HardenedRP": "Valid"}] * 5
    + [{"InstantRP": "Valid"}, {"HardenedRP": "Deleted"}, {"HardenedRP": "Disabled"}, {"ArchivedRP": "Valid"}, {}]
)
VAULTED = st.lists(st.tuples(AGES, TIERS), max_size=7).map(
    lambda told: [recovery_point(age, name=f"r{n}", tiers=tiers) for n, (age, tiers) in enumerate(told)]
)


def near(a: Point, b: RecoveryPoint) -> bool:
    return a.created is not None and abs((a.created - b.time).total_seconds()) <= TWO_MINUTES


def may_go(one: Point, points: list[Point], vaulted: list[RecoveryPoint], retention: timedelta) -> bool:
    """The promise in its own words, by counting pairs over everything."""
    if one.created is None or any(p.created is None for p in points):
        return False
    partners = [r for p, r in product([one], vaulted) if near(p, r)]
    if len(partners) != 1 or partners[0].tiers.get("HardenedRP") != "Valid":
        return False
    if sum(near(p, partners[0]) for p in points) != 1:
        return False
    newer = [p for p in points if p is not one and p.created is not None and p.created >= one.created]
    usable = [p for p in newer if p.state == "Succeeded"]
    return bool(usable) and one.state == "Succeeded" and (NOW - one.created) > retention


@settings(max_examples=400, deadline=None)
@given(POINTS, VAULTED, st.sampled_from([timedelta(days=1), RETENTION, timedelta(days=3)]))
def test_exactly_the_points_that_the_promise_allows_may_go(
    points: list[Point], vaulted: list[RecoveryPoint], retention: timedelta
) -> None:
    chosen = deletable(points, vaulted, retention, NOW)
    allowed = [p for p in points if may_go(p, points, vaulted, retention)]
    assert sorted(p.id for p in chosen) == sorted(p.id for p in allowed)
    assert chosen == sorted(chosen, key=lambda p: p.created or NOW), "oldest first"


@given(st.integers(1, 20))
def test_the_newest_is_never_deleted_however_old_and_safe_it_is(count: int) -> None:
    ages = [timedelta(days=100 + n) for n in range(count)]
    points = [point(age, name=f"p{n}") for n, age in enumerate(ages)]
    chosen = deletable(points, [recovery_point(age) for age in ages], RETENTION, NOW)
    assert points[0] not in chosen and chosen == points[:0:-1]


def test_the_newest_point_that_can_be_restored_stays_though_a_failed_one_is_newer() -> None:
    ages = [timedelta(days=n) for n in (3, 4, 5)]
    states = ["Failed", "Succeeded", "Succeeded"]
    points = [point(age, name=f"p{n}", state=states[n]) for n, age in enumerate(ages)]
    assert deletable(points, [recovery_point(age) for age in ages], RETENTION, NOW) == [points[2]]


@given(st.floats(-600, 600))
@example(120.0)
@example(-120.0)
@example(120.001)
@example(-120.001)
def test_a_copy_counts_only_within_two_minutes(apart: float) -> None:
    old = timedelta(days=5)
    vaulted = [recovery_point(old - timedelta(seconds=apart)), recovery_point(DAY)]
    chosen = deletable([point(old), point(DAY)], vaulted, RETENTION, NOW)
    assert bool(chosen) == (abs(timedelta(seconds=apart)) <= timedelta(minutes=2))


@given(st.integers(0, 120), st.integers(0, 120))
def test_two_points_near_one_copy_are_both_kept(one: int, other: int) -> None:
    old = timedelta(days=5)
    points = [point(old + timedelta(seconds=one)), point(old - timedelta(seconds=other), name="b"), point(DAY)]
    assert deletable(points, [recovery_point(old), recovery_point(DAY)], RETENTION, NOW) == []


@given(st.integers(0, 120), st.integers(0, 120))
def test_a_point_near_two_copies_is_kept_though_both_are_in_the_vault(one: int, other: int) -> None:
    old = timedelta(days=5)
    vaulted = [recovery_point(old + timedelta(seconds=one)), recovery_point(old - timedelta(seconds=other))]
    assert deletable([point(old), point(DAY)], vaulted, RETENTION, NOW) == []


@given(st.integers(0, 4))
def test_one_point_without_a_time_of_creation_keeps_all_of_them(which: int) -> None:
    ages = [timedelta(days=n) for n in range(1, 6)]
    points = [point(age, name=f"p{n}") for n, age in enumerate(ages)]
    points[which] = replace(points[which], created=None)
    assert deletable(points, [recovery_point(age) for age in ages], RETENTION, NOW) == []


@given(TIERS)
def test_without_a_valid_copy_in_the_vault_nothing_goes(tiers: dict[str, str]) -> None:
    old = timedelta(days=5)
    chosen = deletable([point(old), point(DAY)], [recovery_point(old, tiers=tiers)], RETENTION, NOW)
    assert bool(chosen) == (tiers.get("HardenedRP") == "Valid")
    assert deletable([point(old), point(DAY)], [], RETENTION, NOW) == []


@given(st.integers(-300, 300))
@example(0)
def test_a_point_within_its_retention_stays(seconds: int) -> None:
    age = RETENTION + timedelta(seconds=seconds)
    chosen = deletable([point(age), point(DAY)], [recovery_point(age)], RETENTION, NOW)
    assert bool(chosen) == (seconds > 0)


def test_names_twelve_hours_apart_are_not_mistaken_for_each_other() -> None:
    morning, evening = point(timedelta(days=5)), point(timedelta(days=5, hours=12))
    assert morning.name.rpartition("_")[2] == evening.name.rpartition("_")[2]
    kept = [
        recovery_point(timedelta(days=5)),
        recovery_point(timedelta(days=5, hours=12), tiers={"InstantRP": "Valid"}),
    ]
    assert deletable([morning, evening, point(DAY)], kept, RETENTION, NOW) == [morning]
