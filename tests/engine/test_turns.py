"""One turn at a time: of two hosts on one store only one goes on, a dead turn blocks nothing, the switch holds at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from engine.advance import TURN_MAY_TAKE, advance
from engine.desk import desk_of
from engine.engine import Engine
from engine.gate.guard import TurnLost
from engine.switch import set_switch
from tests.engine.asking import ASKS, first_question, kinds, the_case
from tests.engine.driver import Driver, driving


@asynccontextmanager
async def second_host(driver: Driver) -> AsyncIterator[Engine]:
    """Another engine on the same store, with clients and caches of its own."""
    other = Engine.open(driver.engine.settings)
    try:
        yield other
    finally:
        await other.close()


async def control(driver: Driver, what: str, body: dict[str, Any]) -> None:
    async with ClientSession() as http, http.post(f"{driver.box.url}/_sandbox/{what}", json=body) as answer:
        assert answer.status == 200


async def held_turn(driver: Driver, engine: Engine, case_id: str, number: int) -> "asyncio.Task[Any] | None":
    """A turn that is stuck before its request `number` is handled; None where it ended before that."""
    await control(driver, "hold", {"n": number, "when": "before"})
    turn = asyncio.create_task(advance(engine, case_id, driver.box.now))
    held = asyncio.create_task(driver.box.pipeline.hold.wait_until_held(20))
    await asyncio.wait({turn, held}, return_when=asyncio.FIRST_COMPLETED)
    held.cancel()
    return None if turn.done() else turn


async def at_the_gate(driver: Driver) -> str:
    """A case that is about to make its first change in its next turn."""
    case_id = str((await driver.announce())["case"])
    await driver.turn()
    await driver.box.advance(driver.runs.due[case_id])
    assert (await the_case(driver)).phase == "gate"
    return case_id


@pytest.mark.parametrize("world", ["locked_group", "extension_failed", "full_collection"])
async def test_two_hosts_that_take_every_turn_at_once_make_each_change_once(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver, second_host(driver) as other:
        case_id, turns = (await driver.announce())["case"], 0
        while not (await the_case(driver)).closed and (turns := turns + 1) < 300:
            now = driver.box.now
            both = await asyncio.gather(*(advance(one, case_id, now) for one in (driver.engine, other)))
            await driver.box.advance(timedelta(seconds=max(1.0, min(turn.wait_s for turn in both))))
        case = await the_case(driver)
        assert case.outcome.startswith("remediated"), case.timeline
        changes = [
            (c["kind"], c["id"]) for c in driver.box.changes() if c["kind"] not in ("backup.trigger", "alert.close")
        ]
        assert len(changes) == len(set(changes)) and kinds(driver).count("backup.trigger") <= 2
        assert await driver.locks() == driver.locks_at_start


async def test_while_a_turn_is_at_work_another_waits_and_asks_azure_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver, second_host(driver) as other:
        case_id = await at_the_gate(driver)
        turn = await held_turn(driver, driver.engine, case_id, 1)
        assert turn is not None
        asked = len(driver.box.requests())
        waits = await advance(other, case_id, driver.box.now)
        assert not waits.closed and 0 < waits.wait_s <= TURN_MAY_TAKE.total_seconds()
        assert len(driver.box.requests()) == asked
        await control(driver, "release", {})
        await turn
        assert kinds(driver) == ["extension.delete"]


async def test_a_turn_that_was_killed_lets_the_next_begin_when_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver, second_host(driver) as other:
        case_id = await at_the_gate(driver)
        turn = await held_turn(driver, driver.engine, case_id, 1)
        assert turn is not None
        turn.cancel()
        await asyncio.wait({turn})
        waits = await advance(other, case_id, driver.box.now)
        assert waits.wait_s == TURN_MAY_TAKE.total_seconds() and kinds(driver) == []
        await driver.box.advance(TURN_MAY_TAKE)
        await advance(other, case_id, driver.box.now)
        assert kinds(driver) == ["extension.delete"]


async def test_wherever_a_turn_is_stuck_it_changes_nothing_after_another_took_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that was frozen in the middle of a turn, and wakes up when the case has gone on without it."""
    for number in range(1, 40):
        async with (
            driving("extension_failed", tmp_path / str(number), monkeypatch) as driver,
            second_host(driver) as other,
        ):
            case_id = await at_the_gate(driver)
            turn = await held_turn(driver, driver.engine, case_id, number)
            if turn is None:
                break
            await driver.box.advance(TURN_MAY_TAKE + timedelta(minutes=1))
            await advance(other, case_id, driver.box.now)
            before = sum(1 for r in driver.box.requests() if r["write"])
            await control(driver, "release", {})
            ended = await turn
            writes = sum(1 for r in driver.box.requests() if r["write"])
            assert not ended.closed and kinds(driver) == ["extension.delete"]
            assert writes == before, f"stuck at request {number}"
    assert number > 3, "the turn makes several requests"


@pytest.mark.parametrize("number", range(1, 12, 2))
async def test_a_switch_thrown_in_the_middle_of_a_turn_holds_before_its_change(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        case_id = await at_the_gate(driver)
        turn = await held_turn(driver, driver.engine, case_id, number)
        if turn is None or driver.box.pipeline.hold.held.method != "GET":
            await control(driver, "release", {})
            return
        await set_switch(driver.engine.rows, "off", "Ada", "stop", driver.box.now)
        await control(driver, "release", {})
        assert not (await turn).closed and kinds(driver) == []
        assert "switched off by Ada" in (await the_case(driver)).timeline[-1]["text"]
        await set_switch(driver.engine.rows, "on", "Ada", "go", driver.box.now)
        driver.runs.due[case_id] = driver.box.now
        (case,) = await driver.run()
        assert case.outcome == "remediated"


async def test_the_guard_stops_a_write_of_a_turn_whose_row_another_has_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        case_id = await at_the_gate(driver)
        got = await driver.engine.cases.get(case_id)
        assert got is not None
        desk = desk_of(driver.engine, got[0], got[1], driver.box.now)
        (extension,) = [one for one in (await desk.facts.machine()).extensions if one.is_backup]
        await driver.engine.cases.save(replace(got[0]), got[1])
        with pytest.raises(TurnLost):
            await desk.changes.delete_extension(extension)
        assert kinds(driver) == [] and await desk.journal.changes() == []


@pytest.mark.parametrize("how", ["the switch", "the setting"])
async def test_changes_off_hold_every_running_case_before_its_next_change(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("shared_group", tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        while "lock.delete" not in kinds(driver):
            await driver.turn()
        on = driver.engine
        if how == "the setting":
            driver.engine = replace(on, settings=replace(on.settings, changes="off"))
        else:
            await set_switch(on.rows, "off", "Ada", "stop", driver.box.now)
        until = driver.box.now + timedelta(hours=2)
        while driver.box.now < until:
            await driver.turn()
        assert kinds(driver) == ["lock.delete"]
        driver.engine = on
        await set_switch(on.rows, "on", "Ada", "go", driver.box.now)
        assert {case.outcome.partition(",")[0] for case in await driver.run()} == {"remediated"}


async def test_an_answer_is_found_whether_its_wake_was_lost_came_too_early_or_met_a_turn_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver, second_host(driver) as other:
        case = await first_question(driver)
        early = await advance(driver.engine, case.id, driver.box.now)  # woken before the row is there
        assert not early.closed and early.wait_s <= 900
        now = driver.box.now
        deciding = driver.decide(case, "approve")
        both = asyncio.gather(advance(driver.engine, case.id, now), advance(other, case.id, now))
        await asyncio.gather(deciding, both)
        driver.runs.due[case.id] = driver.box.now + timedelta(seconds=900)  # and the wake is lost
        (done,) = await driver.run()
        assert done.outcome == "remediated" and sorted(kinds(driver)) == ["backup.trigger", "extension.delete"]
