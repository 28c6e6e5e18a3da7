"""Places in a pool: never more than fit, however many ask at once; by the hour, or until they are freed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.limits.slots import HOUR, TABLE, Slots
from gateway.store.rows import Row, Rows
from gateway.store.sqlite_rows import SqliteRows

NOW = datetime(2026, 3, 2, 2, 59, tzinfo=UTC)


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[SqliteRows]:
    opened = SqliteRows(str(tmp_path / "store.db"))
    yield opened
    await opened.close()


class Slow:
    """A store whose answers come late, so that those who ask at once have all looked before the first one writes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def scan(self, table: str, partition: str | None = None, *, limit: int = 1000) -> list[Row]:
        found = await self._rows.scan(table, partition, limit=limit)
        await asyncio.sleep(0)
        return found

    def __getattr__(self, name: str) -> object:
        return getattr(self._rows, name)


async def taken(slots: Slots, size: int, holders: list[str], now: datetime | None) -> int:
    return sum(await asyncio.gather(*(slots.take("pool", size, holder, now) for holder in holders)))


@pytest.mark.parametrize("now", [None, NOW])
async def test_of_any_number_who_ask_at_once_only_as_many_as_fit_get_a_place(rows: Rows, now: datetime | None) -> None:
    slots = Slots(Slow(rows))  # type: ignore[arg-type]
    assert await taken(slots, 5, [f"case {n}" for n in range(30)], now) == 5


async def test_two_hosts_give_out_no_place_twice(rows: SqliteRows, tmp_path: Path) -> None:
    other = SqliteRows(str(tmp_path / "store.db"))
    both = [Slots(Slow(rows)), Slots(Slow(other))]  # type: ignore[arg-type]
    got = await asyncio.gather(*(both[n % 2].take("pool", 4, f"case {n}") for n in range(20)))
    await other.close()
    assert sum(got) == 4


async def test_a_holder_that_asks_again_keeps_its_one_place(rows: Rows) -> None:
    slots = Slots(rows)
    assert [await slots.take("pool", 1, "a") for _ in range(3)] == [True] * 3
    assert not await slots.take("pool", 1, "b")
    await slots.free("pool", "a")
    assert await slots.take("pool", 1, "b") and not await slots.take("pool", 1, "a")


async def test_a_place_by_the_hour_ends_with_its_hour_and_not_with_the_clocks(rows: Rows) -> None:
    slots = Slots(rows)
    assert await slots.take("pool", 1, "a", NOW)
    assert not await slots.take("pool", 1, "b", NOW + timedelta(minutes=2)), "three o'clock is no fresh start"
    assert not await slots.take("pool", 1, "b", NOW + HOUR - timedelta(seconds=1))
    assert await slots.free_at("pool", 1, NOW) == NOW + HOUR
    assert await slots.take("pool", 1, "b", NOW + HOUR)


async def test_who_takes_its_place_again_has_it_for_an_hour_from_then(rows: Rows) -> None:
    slots = Slots(rows)
    for minutes in (0, 50):
        assert await slots.take("pool", 1, "a", NOW + timedelta(minutes=minutes))
    assert not await slots.take("pool", 1, "b", NOW + timedelta(minutes=70))
    assert await slots.take("pool", 1, "b", NOW + timedelta(minutes=110))


async def test_a_smaller_pool_counts_the_places_of_the_larger_one(rows: Rows) -> None:
    """The owner lowers the limit while more are at work than it allows from now on."""
    slots = Slots(Slow(rows))  # type: ignore[arg-type]
    await taken(slots, 8, [f"old {n}" for n in range(8)], None)
    for gone in range(4):
        await slots.free("pool", f"old {gone}")
    assert await taken(slots, 4, [f"new {n}" for n in range(9)], None) == 0
    assert await taken(slots, 6, [f"new {n}" for n in range(9)], None) == 2


async def test_the_nightly_clean_up_takes_what_is_over_and_nothing_that_holds(rows: Rows) -> None:
    slots = Slots(rows)
    await slots.take("changes", 9, "old", NOW)
    await slots.take("changes", 9, "new", NOW + HOUR)
    await slots.take("work", 9, "case")
    await slots.sweep_up(NOW + HOUR)
    assert {row.value["holder"] for row in await rows.scan(TABLE)} == {"new", "case"}
    assert await slots.kept() == [("work", "case")]


async def test_a_place_that_is_over_is_used_again_so_that_a_pool_has_no_more_rows_than_places(rows: Rows) -> None:
    slots = Slots(rows)
    for hour in range(6):
        assert await taken(slots, 3, [f"{hour} {n}" for n in range(5)], NOW + hour * HOUR) == 3
    assert len(await rows.scan(TABLE)) == 3


STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9), st.integers(1, 4)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
async def test_in_no_hour_of_any_history_are_there_more_holders_than_the_size_then_allows(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, int]]
) -> None:
    """Each step: so many minutes go by, a holder asks, with so many places."""
    rows = SqliteRows(str(tmp_path_factory.mktemp("slots") / "store.db"))
    slots, now, got = Slots(rows), NOW, list[tuple[datetime, int]]()
    for minutes, holder, size in steps:
        now += timedelta(minutes=minutes)
        others = {who for at, who in got if at + HOUR > now and who != holder}
        had = any(who == holder and at + HOUR > now for at, who in got)
        if await slots.take("pool", size, str(holder), now):
            got.append((now, holder))
            assert had or len(others) < size
        else:
            assert not had and len(others) >= size, "a place is free, and is not given"
    await rows.close()
