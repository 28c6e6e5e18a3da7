"""An approval holds for the world it was given in: where that changed the case plans and asks anew, or has nothing to do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.switch import set_switch
from sandbox.governance import Lock
from tests.engine.asking import ASKS, asked, ended, first_question, kinds, said, the_case
from tests.engine.driver import Driver, driving

NIGHTS = '[[window]]\nname = "nights"\ntiers = ["governance", "extension"]\nfrom = "22:00"\nto = "23:00"\ntime_zone = "Etc/UTC"\n'
A_DAY_AND_MORE = "[limits]\napproval_hours = 26\n"


def heal_extension(driver: Driver) -> None:
    (machine,) = driver.box.model.machines
    healed = tuple(replace(one, state="Succeeded") for one in machine.extensions)
    driver.box.model.machines.put(replace(machine, extensions=healed))


def another_version(driver: Driver) -> None:
    (machine,) = driver.box.model.machines
    driver.box.model.machines.put(
        replace(machine, extensions=tuple(replace(one, version="9.9") for one in machine.extensions))
    )


def another_lock(driver: Driver) -> None:
    old = next(iter(driver.box.model.locks))
    driver.box.model.locks.put(
        Lock(f"{old.id.rpartition('/')[0]}/audit", old.scope, "audit", "CanNotDelete", "Auditors")
    )


def lock_replaced(driver: Driver) -> None:
    (old,) = driver.box.model.locks
    driver.box.model.locks.put(replace(old, level="ReadOnly"))


def another_machine(driver: Driver) -> None:
    """A second machine's collection, with its machine, appears in the group."""
    model = driver.box.model
    (machine,), (collection,) = model.machines, model.collections
    other = replace(machine, id=machine.id.replace("web-01", "web-02"), name="web-02", vm_id=machine.vm_id[::-1])
    model.machines.put(other)
    name = collection.name.replace("web-01", "web-02")
    found = replace(collection, id=collection.id.replace(collection.name, name), name=name, machine=other.id)
    model.collections.put(found)


async def backups_work_again(driver: Driver) -> None:
    """Somebody makes room by hand, and the next night's backup completes."""
    for point in sorted(driver.box.model.restore_points, key=lambda point: point.created)[:4]:
        driver.box.model.restore_points.remove(point.id)
    heal_extension(driver)
    await driver.box.advance(timedelta(hours=25))
    assert any(
        job.status == "Completed" and job.start > driver.box.now - timedelta(hours=25) for job in driver.box.model.jobs
    )
    (machine,) = driver.box.model.machines
    broken = tuple(replace(one, state="Failed") for one in machine.extensions)
    driver.box.model.machines.put(replace(machine, extensions=broken))


Change = Callable[[Driver], None]


@pytest.mark.parametrize(
    ("world", "change", "names"),
    [
        ("locked_group", another_lock, "audit (CanNotDelete)"),
        ("locked_group", lock_replaced, "do-not-delete (ReadOnly)"),
        ("locked_group", another_machine, "Machines that share it: web-02"),
        ("extension_failed", another_version, "vmsnapshot (9.9.0.0)"),
    ],
)
@pytest.mark.parametrize("when", ["before the answer", "while it waits for the window", "while changes are off"])
async def test_facts_that_changed_since_the_question_are_planned_and_asked_anew(
    world: str, change: Change, names: str, when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = NIGHTS.replace('"governance"', '"governance", "extension"') if "window" in when else ""
    async with driving(world, tmp_path, monkeypatch, policy=ASKS + windows) as driver:
        first = await first_question(driver)
        if when == "while changes are off":
            await set_switch(driver.engine.rows, "off", "Ada", "one moment", driver.box.now)
        if when == "before the answer":
            change(driver)
            await driver.box.advance(timedelta(minutes=5))
        await driver.decide(first, "approve")
        if when != "before the answer":
            await driver.turn()
            assert (await the_case(driver)).phase == "gate"
            change(driver)
            await set_switch(driver.engine.rows, "on", "Ada", "go on", driver.box.now)
        second = await asked(driver, first)
        assert second.ask["hash"] != first.ask["hash"] and kinds(driver) == []
        assert names in (text := said(second, "asks")[-1]) and "The facts changed" in text, text


async def test_an_extension_that_healed_before_the_answer_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        first = await first_question(driver)
        heal_extension(driver)
        await driver.box.advance(timedelta(hours=1))
        await driver.decide(first, "approve")
        case = await ended(driver)
        assert case.cause != "snapshot_extension_failed" and case.outcome == "remediated"
        assert kinds(driver) == ["backup.trigger"]


@pytest.mark.parametrize("how", ["approve", "silence", "changes off", "window"])
@pytest.mark.parametrize("world", ["locked_group", "extension_failed"])
async def test_a_backup_that_came_meanwhile_ends_the_case_as_not_needed(
    how: str, world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is still to be seen, and backups work again all the same."""
    policy = ASKS + (NIGHTS if how == "window" else "") + A_DAY_AND_MORE
    async with driving(world, tmp_path, monkeypatch, policy=policy) as driver:
        await set_switch(driver.engine.rows, "off" if how == "changes off" else "on", "Ada", "why", driver.box.now)
        await driver.announce()
        await (driver.turn() if how == "changes off" else asked(driver))
        if how == "window":
            await driver.decide(await the_case(driver), "approve")
            await driver.turn()
        await backups_work_again(driver)
        if how == "approve":
            await driver.decide(await the_case(driver), "approve")
        await set_switch(driver.engine.rows, "on", "Ada", "why", driver.box.now)
        case = await ended(driver)
        assert (case.outcome, kinds(driver)) == ("not needed", []), case.timeline
        assert len(said(case, "asks")) == (0 if how == "changes off" else 1), "nobody is asked about what is healed"


async def test_a_whole_collection_is_asked_for_where_data_is_auto_and_a_yes_to_some_points_is_none_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("whole_collection", tmp_path, monkeypatch) as driver:
        driver.world["cases"][0]["decision"] = ""
        first = await first_question(driver)
        points = sorted(driver.box.model.restore_points, key=lambda point: point.created)
        assert all(point.name in first.ask["why"] for point in points) and "collection.delete" not in kinds(driver)
        new = replace(points[-1], id=f"{points[-1].id}9", name=f"{points[-1].name}9")
        driver.box.model.restore_points.put(new)
        await driver.box.advance(timedelta(minutes=5))
        await driver.decide(first, "approve")
        second = await asked(driver, first)
        assert new.name in second.ask["why"] and "collection.delete" not in kinds(driver)
        await driver.decide(second, "approve")
        assert (await ended(driver)).outcome == "remediated" and "collection.delete" in kinds(driver)


async def test_a_lock_that_comes_in_the_middle_of_an_approved_lift_is_asked_about_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, policy=ASKS) as driver:
        first = await first_question(driver)
        await driver.decide(first, "approve")
        await driver.turn()
        assert kinds(driver) == ["lock.delete"]
        another_lock(driver)
        second = await asked(driver, first)
        assert "audit (CanNotDelete)" in said(second, "asks")[-1] and kinds(driver) == ["lock.delete"]
        await driver.decide(second, "approve")
        assert (await ended(driver)).outcome.startswith("remediated")
        assert kinds(driver).count("lock.delete") == 2


async def test_a_point_that_falls_due_in_the_middle_of_an_approved_deletion_is_asked_about_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person's file recovery session holds the deletion up for days, in which more points fall due."""
    policy = ASKS.replace('data = "auto"', 'data = "approve"')
    async with driving("full_collection", tmp_path, monkeypatch, policy=policy) as driver:
        (rules,) = driver.box.model.policies
        driver.box.model.policies.put(replace(rules, snapshot_days=3))
        first = await first_question(driver)
        newest = max(driver.box.model.points, key=lambda point: point.time)
        driver.box.model.points.put(replace(newest, file_session=True))
        await driver.box.advance(timedelta(minutes=5))
        await driver.decide(first, "approve")
        await driver.turn()
        assert "file recovery session" in (await the_case(driver)).timeline[-1]["text"]
        await driver.box.advance(timedelta(hours=22))
        driver.box.model.points.put(newest)
        second = await asked(driver, first)
        named = [set(case.plan["steps"][case.step]["touches"]) for case in (first, second)]
        assert named[0] < named[1] and "restore_point.delete" not in kinds(driver)


async def test_where_no_point_may_go_by_itself_the_one_question_is_about_the_whole_collection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = ASKS.replace('data = "auto"', 'data = "approve"')
    async with driving("whole_collection", tmp_path, monkeypatch, policy=policy) as driver:
        for item in driver.world["cases"]:
            item["decision"] = ""  # the world's own person stays silent
        question = await first_question(driver)
        assert "delete the whole collection" in question.ask["why"] and "what stays" in question.ask["why"]
        step = question.plan["steps"][question.step]
        assert step["effect"].startswith("Delete the whole restore point collection AzureBackup_web-01")
        assert len(step["touches"]) == 19 and set(kinds(driver)) <= {"backup.trigger"}
        await driver.decide(question, "approve")
        done = await ended(driver)
        assert done.outcome == "remediated" and "collection.delete" in kinds(driver)
        assert len(said(done, "asks")) == 1
