"""Answers as they are taken: the case may move on in that very moment, and more than one person may agree."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case, Failure
from engine.cases import Cases
from engine.decisions import TABLE, Answered, Decision, Decisions, silence
from gateway.store.rows import Row
from gateway.store.sqlite_rows import SqliteRows
from tests.remediations.made import ITEM_ID, NOW

OLD, NEW = "a" * 64, "b" * 64
ADA = Decision(OLD, "approve", "Ada", "looked at it", "", NOW.isoformat())
Move = Callable[[], Awaitable[Any]]


async def _nothing() -> None:
    """Nobody else is at work."""


class Crowded(SqliteRows):
    """A store in which others write just before and just after an answer is written."""

    before: Move = staticmethod(_nothing)
    after: Move = staticmethod(_nothing)

    async def insert(self, table: str, partition: str, key: str, value: dict[str, Any]) -> Row:
        before, after = self.before, self.after
        if table == TABLE:
            self.before = self.after = _nothing
            await before()
        row = await super().insert(table, partition, key, value)
        if table == TABLE:
            await after()
        return row


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[Crowded]:
    opened = Crowded(str(tmp_path / "store.db"))
    yield opened
    await opened.close()


async def asking(rows: Crowded) -> Case:
    """A case that asks about the plan OLD."""
    case = Case.open(Failure(ITEM_ID, NOW.isoformat(), "manual"), NOW)
    case.phase, case.ask = "ask", question(OLD)
    await Cases(rows).add(case)
    return case


def question(plan_hash: str) -> dict[str, str]:
    return {"hash": plan_hash, "why": "", "expires": (NOW + timedelta(hours=1)).isoformat(), "answer": ""}


def becomes(rows: Crowded, case: Case, phase: str, **ask: str) -> Move:
    """A turn of the case that leads to this phase, its question changed so."""

    async def turn() -> None:
        got = await Cases(rows).get(case.id)
        assert got is not None
        got[0].phase, got[0].ask = phase, got[0].ask | ask
        await Cases(rows).save(*got)

    return turn


async def take(rows: Crowded, case: Case, given: Decision = ADA) -> Answered:
    return await Decisions(rows).take(Cases(rows), case, given, NOW)


async def test_an_answer_is_refused_where_the_case_ended_while_it_was_written(rows: Crowded) -> None:
    case = await asking(rows)
    rows.before = becomes(rows, case, "return")
    came = await take(rows, case)
    assert "asks nothing now" in came.refused and came.case.phase == "return"


async def test_an_answer_that_the_case_went_by_at_once_is_taken(rows: Crowded) -> None:
    case = await asking(rows)
    rows.after = becomes(rows, case, "step", answer="approve")
    assert (await take(rows, case)).refused == ""


async def test_an_answer_is_refused_where_the_case_asks_anew_by_the_time_it_is_written(rows: Crowded) -> None:
    case = await asking(rows)
    rows.after = becomes(rows, case, "ask", hash=NEW)
    came = await take(rows, case)
    assert "the plan has changed" in came.refused and came.case.ask["hash"] == NEW


async def test_silence_that_was_written_first_stands(rows: Crowded) -> None:
    case = await asking(rows)

    async def expires() -> None:
        await Decisions(rows).record(case.id, silence(case, NOW))

    rows.before = expires
    assert "counts as a refusal" in (await take(rows, case)).refused


async def test_agreeing_to_a_plan_that_was_replaced_is_no_answer_to_the_new_one(rows: Crowded) -> None:
    case = await asking(rows)
    await take(rows, case)
    await becomes(rows, case, "ask", hash=NEW)()
    came = await take(rows, case, replace(ADA, who="Bob"))
    assert "the plan has changed" in came.refused
    assert [one.who for one in await Decisions(rows).all(case.id)] == ["Ada"]


async def test_who_agrees_later_is_recorded_once_and_decides_nothing(rows: Crowded) -> None:
    case = await asking(rows)
    bob = replace(ADA, who="Bob", why="so do I", at=(NOW + timedelta(minutes=1)).isoformat())
    for given in (ADA, bob, bob, replace(ADA, why="again")):
        came = await take(rows, case, given)
        assert (came.stands, came.refused) == (ADA, "")
    assert await Decisions(rows).all(case.id) == [ADA, bob]
    assert await Decisions(rows).of(case.id, OLD) == ADA


async def test_who_disagrees_later_is_told_what_stands_and_not_recorded(rows: Crowded) -> None:
    case = await asking(rows)
    await take(rows, case)
    assert "Ada decided `approve`" in (await take(rows, case, replace(ADA, who="Bob", decision="reject"))).refused
    assert await Decisions(rows).all(case.id) == [ADA]
