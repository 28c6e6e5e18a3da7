"""Where several machines of a vault need data deleted, one goes first: its proof lets the others follow, its failure asks."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from tests.engine.driver import Driver, driving
from tests.engine.fleets import AUTO, changes, limits

ROOMY = limits(machines_per_vault_and_hour_percent=100)


def left_behind(*machines: dict[str, Any]) -> dict[str, Any]:
    """Machines whose restore points were left behind, each with what is special of it."""
    common = {"restore_points": 18, "cleanup_stuck": True, "failure": {"code": "UserErrorRpCollectionLimitReached"}}
    made = [
        {"name": f"web-{n:02}", "restore_group": f"AzureBackupRG_westeurope_{n}", **common, **special}
        for n, special in enumerate(machines, 1)
    ]
    return {"name": "canary", "title": "for a test", "requests_per_hour": 100_000, "machine": made}


def deletions(driver: Driver) -> dict[str, list[datetime]]:
    """When restore points were deleted, by the number of their group."""
    found: dict[str, list[datetime]] = {}
    for change in driver.box.changes():
        if change["kind"] == "restore_point.delete":
            group = change["id"].casefold().partition("azurebackuprg_westeurope_")[2].partition("/")[0]
            found.setdefault(group, []).append(datetime.fromisoformat(change["at"]))
    return found


async def cases(driver: Driver) -> dict[str, Case]:
    return {case.machine: case for case in await driver.engine.cases.newest(driver.box.now, 90)}


async def test_the_others_delete_nothing_before_the_first_is_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(left_behind({}, {}, {}), tmp_path, monkeypatch, policy=ROOMY) as driver:
        await driver.announce_all()
        await driver.run(4000)
        ended, deleted = await cases(driver), deletions(driver)
        assert {case.outcome for case in ended.values()} == {"remediated"}
        first = min(deleted, key=lambda group: deleted[group][0])
        proven = datetime.fromisoformat(ended[f"web-0{first}"].closed)
        others = [at for group, times in deleted.items() if group != first for at in times]
        assert len(deleted) >= 2 and min(others) >= proven


async def asking(driver: Driver, machine: str) -> Case:
    while (case := (await cases(driver))[machine]).phase != "ask":
        assert not case.closed, case.timeline
        await driver.turn()
    return case


async def test_after_a_first_that_was_not_healed_a_person_is_asked_for_each_of_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = left_behind({"always_fails": "BackUpOperationFailed"}, {})
    one, two = (f"web-0{n}" for n in (1, 2))
    async with driving(world, tmp_path, monkeypatch, policy=ROOMY) as driver:
        first, second = driver.world["cases"]
        await driver.announce(item_id=first["item"])
        vault = next(iter(driver.box.model.items)).vault
        name = "delete_restore_point_collection"
        (told,) = (await cases(driver)).values()
        assert told.machine == one
        assert await driver.engine.track.canary(name, vault, told.id, driver.box.now) == ("mine", told.id)
        await driver.engine.track.settle_canary(name, vault, told.id, "failed", driver.box.now)
        await driver.announce(item_id=second["item"])
        case = await asking(driver, two)
        assert "was not healed" in case.ask["why"] and "2" not in deletions(driver)
        assert case.plan["steps"][case.step]["touches"], "the question names every point that may go"


async def test_a_first_whose_fix_changes_something_and_fails_is_remembered_as_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = ["UserErrorRpCollectionLimitReached", *["BackUpOperationFailed"] * 20]
    async with driving(left_behind({"next_failures": codes}), tmp_path, monkeypatch, policy=ROOMY) as driver:
        await driver.announce()
        (case,) = await driver.run(4000)
        (row,) = await driver.engine.rows.scan("canaries")
        assert deletions(driver) and case.outcome == "needs a person", case.timeline
        assert (row.value["state"], row.value["case"]) == ("failed", case.id)


async def test_where_the_first_waits_for_a_person_the_next_one_tries_once_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = ROOMY.replace('data = "auto"', 'data = "approve"')
    async with driving(left_behind({}, {}), tmp_path, monkeypatch, policy=policy) as driver:
        await driver.announce_all()
        while not (waiting := [case for case in (await cases(driver)).values() if case.phase == "ask"]):
            await driver.turn()
        (first,) = waiting
        for _ in range(12):
            await driver.turn()
        assert [case.id for case in (await cases(driver)).values() if case.phase == "ask"] == [first.id], (
            "one at a time"
        )
        await driver.decide(first, "reject")
        (second,) = [machine for machine, case in (await cases(driver)).items() if case.id != first.id]
        await asking(driver, second)
        assert deletions(driver) == {}


async def test_a_first_that_ends_without_a_deletion_leaves_the_turn_to_the_next_which_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(left_behind({"unvaulted": 18}, {}), tmp_path, monkeypatch, policy=ROOMY) as driver:
        await driver.announce_all()
        first = await asking(driver, "web-01")
        assert deletions(driver) == {}
        await driver.decide(first, "reject")
        await driver.run(4000)
        second = (await cases(driver))["web-02"]
        assert (second.outcome, second.ask, set(deletions(driver))) == ("remediated", {}, {"2"})


async def test_nobody_waits_for_a_first_where_no_data_is_deleted_and_no_cause_is_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = {"failure": {"code": "BackUpOperationFailed"}, "cleanup_stuck": False, "restore_points": 2}
    async with driving(left_behind(machine, machine), tmp_path, monkeypatch, policy=ROOMY) as driver:
        await driver.announce_all()
        await driver.run()
        assert await driver.engine.rows.scan("canaries") == []
        assert len({at for at, _, _ in changes(driver)}) == 1, "both were backed up at once"


async def test_a_case_that_may_only_plan_never_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = AUTO.replace('data = "auto"', 'data = "plan"')
    async with driving(left_behind({}), tmp_path, monkeypatch, policy=policy) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and await driver.engine.rows.scan("canaries") == []
