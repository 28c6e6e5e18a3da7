"""A whole collection goes only with a person's word, which names every point that goes; what was not named stops it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from remediations.contract import REMEDIATIONS, Done, NeedsApproval, NeedsPerson, TryLater
from sandbox.backup.run import start_backup
from sandbox.model import RestorePoint
from tests.engine.driver import Driver, driving
from tests.remediations.stage import Start, call, changes, follow, scene

FIX = "delete_restore_point_collection"
CODE = {"failure": {"code": "UserErrorRpCollectionLimitReached"}}
FULL = {"restore_points": 18, "unvaulted": 18, "restore_group": "AzureBackupRG_westeurope_1"}


def left(driver: Driver) -> list[RestorePoint]:
    return sorted(driver.box.model.restore_points, key=lambda p: p.created)


async def asked(driver: Driver) -> NeedsApproval:
    result = await call(driver, FIX)
    assert isinstance(result, NeedsApproval)
    return result


def another_point(driver: Driver, **told: Any) -> RestorePoint:
    """A point that came after the question."""
    newest = left(driver)[-1]
    fresh = replace(newest, id=f"{newest.id}9", name=f"{newest.name}9", created=driver.box.now)
    return driver.box.model.restore_points.put(replace(fresh, **told))


async def test_the_question_names_the_collection_and_every_point_with_its_instant(start: Start) -> None:
    async with start(FULL) as driver:
        question = await asked(driver)
        for point in left(driver):
            assert f"{point.name} of {point.created:%Y-%m-%d %H:%M:%S} UTC" in question.what
            assert point.id.lower() in question.touches
        (collection,) = list(driver.box.model.collections)
        assert collection.id.lower() in question.touches and len(question.touches) == 19
        assert collection.name in question.what and changes(driver) == []


@pytest.mark.parametrize(("unvaulted", "copies"), [(18, 0), (1, 17)])
async def test_the_question_says_which_copies_stay_and_whether_the_vault_is_immutable(
    start: Start, unvaulted: int, copies: int
) -> None:
    told = {"vault": {"name": "kv1", "immutability": "Locked"}, "policy": {"snapshot_days": 30}}
    async with start({**FULL, "unvaulted": unvaulted}, **told) as driver:
        assert f"what stays: {copies} copies in the vault kv1 (immutability Locked)" in (await asked(driver)).what


async def test_the_copy_that_was_to_stay_is_gone_so_it_is_asked_anew(start: Start) -> None:
    async with start({**FULL, "unvaulted": 1}, policy={"snapshot_days": 30}) as driver:
        question = await asked(driver)
        newest = max((p for p in driver.box.model.points if p.hardened == "Valid"), key=lambda p: p.time)
        driver.box.model.points.put(replace(newest, hardened="Deleted"))
        again = await call(driver, FIX, params=question.params)
        assert isinstance(again, NeedsApproval) and newest.name in again.what and changes(driver) == []
        assert isinstance(await follow(driver, FIX, params=again.params), Done)


async def test_once_agreed_to_the_collection_goes_whole_and_no_point_by_itself(start: Start) -> None:
    async with start(FULL) as driver:
        question = await asked(driver)
        assert isinstance(await follow(driver, FIX, params=question.params), Done)
        assert set(changes(driver)) == {"collection.delete"} and left(driver) == []


async def test_a_point_that_was_not_named_stops_it_and_is_named_in_the_next_question(start: Start) -> None:
    async with start(FULL) as driver:
        question = await asked(driver)
        fresh = another_point(driver)
        again = await call(driver, FIX, params=question.params)
        assert isinstance(again, NeedsApproval) and changes(driver) == []
        assert fresh.name in again.what and fresh.id.lower() in again.touches
        assert isinstance(await follow(driver, FIX, params=again.params), Done)


async def test_a_point_of_the_same_name_twelve_hours_later_is_not_the_one_that_was_agreed_to(start: Start) -> None:
    async with start(FULL) as driver:
        question = await asked(driver)
        named = left(driver)[-1]
        driver.box.model.restore_points.put(replace(named, created=named.created + timedelta(hours=12)))
        assert isinstance(await call(driver, FIX, params=question.params), NeedsApproval)
        assert changes(driver) == []


async def test_points_that_went_meanwhile_need_no_new_word(start: Start) -> None:
    async with start(FULL) as driver:
        question = await asked(driver)
        for point in left(driver)[:3]:
            driver.box.model.restore_points.remove(point.id)
        preview = await REMEDIATIONS[FIX].preview(scene(driver, params=question.params))
        assert set(preview) < set(question.touches)
        assert isinstance(await follow(driver, FIX, params=question.params), Done)
        assert set(changes(driver)) == {"collection.delete"}


async def test_a_word_for_one_collection_is_no_word_for_another(start: Start) -> None:
    async with start(FULL) as driver:
        question = await asked(driver)
        other = {**question.params, "whole_collection": f"{question.params['whole_collection']}9"}
        assert isinstance(await call(driver, FIX, params=other), NeedsApproval)
        assert changes(driver) == []


@pytest.mark.parametrize("active", ["Backup", "Restore", "file recovery"])
async def test_what_is_active_stops_even_what_was_agreed_to(start: Start, active: str) -> None:
    async with start({**FULL, "file_session": active == "file recovery"}) as driver:
        whole = next(iter(driver.box.model.collections)).id
        points = [f"{p.name} of {p.created:%Y-%m-%d %H:%M:%S} UTC" for p in left(driver)]
        if active != "file recovery":
            job = start_backup(driver.box.sim, next(iter(driver.box.model.items)), on_demand=True)
            driver.box.model.jobs.put(replace(job, operation=active, listed_at=job.start))
        result = await call(driver, FIX, params={"whole_collection": whole, "points": points})
        assert isinstance(result, TryLater) and changes(driver) == []


async def test_a_collection_that_does_not_go_is_asked_for_a_few_times_and_then_left_to_a_person(start: Start) -> None:
    async with start(FULL) as driver:
        question = await asked(driver)
        memo: dict[str, Any] = {"whole": 5}
        result = await call(driver, FIX, params=question.params, memo=memo)
        assert isinstance(result, NeedsPerson) and changes(driver) == []


def world(**more: Any) -> dict[str, Any]:
    vm = {"name": "web-01", **FULL, **CODE, "cleanup_stuck": True, **more}
    return {"name": "whole", "title": "for a test", "machine": [vm]}


async def the_case(driver: Driver) -> Case:
    (case,) = await driver.engine.cases.newest(driver.box.now, 9)
    return case


async def until_asked(driver: Driver, but: str = "") -> Case:
    for _ in range(300):
        case = await the_case(driver)
        if case.phase == "ask" and case.ask["hash"] != but:
            return case
        await driver.turn()
    raise AssertionError("nobody is asked")


async def test_everything_on_auto_a_person_is_asked_all_the_same_and_silence_is_a_no(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch, mode="auto") as driver:
        await driver.announce()
        case = await until_asked(driver)
        assert all(point.name in case.ask["why"] for point in left(driver))
        await driver.run()
        assert (await the_case(driver)).outcome == "needs a person"
        assert "collection.delete" not in changes(driver)


async def test_a_point_that_comes_between_question_and_answer_is_asked_about_once_more_and_no_oftener(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        await driver.announce()
        first = await until_asked(driver)
        fresh = another_point(driver)
        await driver.decide(first, "approve")
        second = await until_asked(driver, but=first.ask["hash"])
        assert fresh.name in second.ask["why"] and "collection.delete" not in changes(driver)
        await driver.decide(second, "approve")
        await driver.run()
        case = await the_case(driver)
        assert "collection.delete" in changes(driver) and case.outcome == "remediated"
        assert sum(note["event"] == "asks" for note in case.timeline) == 2


async def test_a_disk_that_somebody_reads_keeps_the_collection_and_the_ending_says_how_to_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(disk_access=1), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await driver.decide(await until_asked(driver), "approve")
        await driver.run()
        case = await the_case(driver)
        assert case.outcome == "needs a person" and "collection.delete" not in changes(driver)
        assert "shared access signature" in case.ending["instructions"], case.ending
