"""What earlier cases say about the next: attempts and rest, the breaker, and the one machine that goes first."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.limits.track_record import CANARY_GOOD_FOR, TrackRecord
from engine.policy import Limits
from gateway.arm import ids
from gateway.store.sqlite_rows import SqliteRows

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FIX, VAULT = "reinstall_snapshot_extension", "/subscriptions/s/resourceGroups/rg/providers/v/vaults/One"


@pytest.fixture
async def track(tmp_path: Path) -> AsyncIterator[TrackRecord]:
    rows = SqliteRows(str(tmp_path / "store.db"))
    yield TrackRecord(rows)
    await rows.close()


async def fails(track: TrackRecord, *cases: str, fix: str = FIX, vault: str = VAULT, at: datetime = NOW) -> int:
    """Cases end badly one a minute; how often the fix has failed in the vault then."""
    for number, case in enumerate(cases):
        await track.add_result(fix, vault, case, False, at + number * MINUTE)
    return await track.failures_in_a_row(FIX, VAULT, NOW - DAY)


async def test_an_attempt_is_of_its_item_and_says_nothing_to_its_own_case(track: TrackRecord) -> None:
    await track.begin_attempt("item", "a", NOW)
    assert await track.attempts("item", "b", NOW - DAY) == [NOW]
    assert await track.attempts("item", "a", NOW - DAY) == []
    assert await track.attempts("other item", "b", NOW - DAY) == []


async def test_a_case_is_one_attempt_however_many_changes_it_makes(track: TrackRecord) -> None:
    for minutes in (0, 5, 90):
        await track.begin_attempt("item", "a", NOW + minutes * MINUTE)
    assert await track.attempts("item", "b", NOW - DAY) == [NOW]


async def test_the_item_rests_from_the_end_of_the_case_and_not_from_its_first_change(track: TrackRecord) -> None:
    """A locked collection takes half a day: counted from its first change the rest would always be over."""
    await track.begin_attempt("item", "a", NOW)
    await track.end_attempt("item", "a", NOW + 700 * MINUTE)
    await track.end_attempt("item", "a", NOW + 900 * MINUTE)  # the closing turn was repeated
    assert await track.attempts("item", "b", NOW - DAY) == [NOW + 700 * MINUTE]
    assert await track.attempts("item", "b", NOW + 600 * MINUTE) == [NOW + 700 * MINUTE], "it changed things this day"


async def test_a_case_that_changed_nothing_is_no_attempt(track: TrackRecord) -> None:
    await track.end_attempt("item", "a", NOW)
    assert await track.attempts("item", "b", NOW - DAY) == []


async def test_failures_count_by_fix_and_by_vault(track: TrackRecord) -> None:
    await fails(track, "a", "b", fix="trigger_backup")
    await fails(track, "a", "b", vault=VAULT.replace("One", "Two"))
    assert await fails(track, "c") == 1
    assert await fails(track, "d", vault=VAULT.upper()) == 2, "an id in capitals is the same vault"


async def test_a_success_ends_the_row_of_failures(track: TrackRecord) -> None:
    assert await fails(track, "a", "b") == 2
    await track.add_result(FIX, VAULT, "c", True, NOW + 5 * MINUTE)
    assert await fails(track, at=NOW) == 0
    assert await fails(track, "d", at=NOW + 6 * MINUTE) == 1


async def test_a_person_closes_the_breaker_and_later_failures_open_it_again(track: TrackRecord) -> None:
    await fails(track, "a", "b", "c")
    await track.add_result(FIX, VAULT, "breaker", True, NOW + 5 * MINUTE, "Ada")
    assert await fails(track, "d", "e", at=NOW + 6 * MINUTE) == 2


async def test_failures_are_forgotten_with_time(track: TrackRecord) -> None:
    await fails(track, "a", "b", "c")
    assert await track.failures_in_a_row(FIX, VAULT, NOW + 1.5 * MINUTE) == 1
    assert await track.failures_in_a_row(FIX, VAULT, NOW + DAY) == 0


async def test_a_last_turn_that_is_repeated_is_no_second_failure(track: TrackRecord) -> None:
    """The result is stored before the case: killed between them, the closing turn runs again, later."""
    assert await fails(track, "a", "a", "a") == 1


async def test_one_case_goes_first_and_keeps_its_turn(track: TrackRecord) -> None:
    assert await track.canary(FIX, VAULT, "a", NOW) == ("mine", "a")
    assert await track.canary(FIX, VAULT, "b", NOW) == ("waits", "a")
    assert await track.canary(FIX, VAULT, "a", NOW + DAY) == ("mine", "a")
    assert await track.canary(FIX, VAULT.replace("One", "Two"), "b", NOW) == ("mine", "b"), "each vault has its own"


@pytest.mark.parametrize("state", ["proven", "failed"])
async def test_what_became_of_the_first_is_what_the_others_hear_for_a_week(track: TrackRecord, state: str) -> None:
    await track.canary(FIX, VAULT, "a", NOW)
    await track.settle_canary(FIX, VAULT, "a", state, NOW)
    assert await track.canary(FIX, VAULT, "b", NOW + CANARY_GOOD_FOR) == (state, "a")
    assert await track.canary(FIX, VAULT, "b", NOW + CANARY_GOOD_FOR + MINUTE) == ("mine", "b")
    assert await track.canary(FIX, VAULT, "c", NOW + CANARY_GOOD_FOR + MINUTE) == ("waits", "b")


async def test_a_first_that_ends_without_a_change_leaves_the_turn_to_the_next(track: TrackRecord) -> None:
    await track.canary(FIX, VAULT, "a", NOW)
    await track.settle_canary(FIX, VAULT, "a", "gone", NOW)
    assert await track.canary(FIX, VAULT, "b", NOW) == ("mine", "b")


@pytest.mark.parametrize("state", ["proven", "failed", "gone"])
async def test_another_case_says_nothing_while_the_first_is_at_work(track: TrackRecord, state: str) -> None:
    await track.canary(FIX, VAULT, "a", NOW)
    await track.settle_canary(FIX, VAULT, "b", state, NOW)
    assert await track.canary(FIX, VAULT, "c", NOW) == ("waits", "a")


async def test_after_a_failed_first_a_case_that_people_let_go_on_and_that_was_healed_speaks_for_the_others(
    track: TrackRecord,
) -> None:
    await track.canary(FIX, VAULT, "a", NOW)
    await track.settle_canary(FIX, VAULT, "a", "failed", NOW)
    for state in ("failed", "gone"):
        await track.settle_canary(FIX, VAULT, "b", state, NOW)
        assert await track.canary(FIX, VAULT, "c", NOW) == ("failed", "a")
    await track.settle_canary(FIX, VAULT, "b", "proven", NOW)
    assert await track.canary(FIX, VAULT, "c", NOW) == ("proven", "b")


async def test_the_open_breakers_are_those_that_the_gate_would_ask_about(track: TrackRecord) -> None:
    limits = Limits(breaker_failures=3, breaker_hours=24)
    await fails(track, "a", "b", "c", "c")
    await fails(track, "a", "b", fix="trigger_backup")
    await fails(track, "a", "b", "c", vault=VAULT.replace("One", "Two"), at=NOW - 2 * DAY)
    now = NOW + 5 * MINUTE
    (found,) = await track.open_breakers(limits, now)
    assert (found.fix, found.failures, found.since) == (FIX, 3, NOW.isoformat())
    assert ids.same(found.vault, VAULT)
    await track.add_result(FIX, VAULT, "breaker", True, now, "Ada")
    assert await track.open_breakers(limits, now) == []
