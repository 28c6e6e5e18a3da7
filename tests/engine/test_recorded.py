"""What is recorded beside the cases, read back: newest first, and no more than was asked for."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.cases import Cases
from gateway.store.sqlite_rows import SqliteRows
from tests.remediations.made import NOW

EVENING = NOW.replace(hour=20)


@pytest.fixture
async def cases(tmp_path: Path) -> AsyncIterator[Cases]:
    rows = SqliteRows(str(tmp_path / "store.db"))
    yield Cases(rows)
    await rows.close()


async def test_the_newest_come_first_whatever_their_kind_and_day(cases: Cases) -> None:
    for number, kind in enumerate(["switch", "ignored", "repeat", "ignored"]):
        await cases.record(EVENING - timedelta(hours=9 * number), kind, str(number), {"number": number})
    assert [one["number"] for one in await cases.recorded(EVENING)] == [0, 1, 2, 3]
    assert [one["number"] for one in await cases.recorded(EVENING, limit=3)] == [0, 1, 2]
    assert [one["number"] for one in await cases.recorded(EVENING, days=0)] == [0, 1, 2]


async def test_a_day_with_thousands_of_them_loses_none(cases: Cases) -> None:
    for number in range(2_100):
        await cases.record(NOW, "ignored", str(number), {})
    await cases.record(NOW, "switch", "off", {})
    found = await cases.recorded(NOW, limit=5_000)
    assert len(found) == 2_101 and "switch" in {one["kind"] for one in found}
