"""The fix that ends a hanging backup: only a snapshot, only what a person agreed to, once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.changes import ChangesOff, OutsideFence
from remediations.contract import REMEDIATIONS, Done, NeedsApproval, NeedsPerson, NothingToDo, TryLater
from sandbox.arm.rbac import Role
from sandbox.model import Item, Job
from tests.engine.driver import Driver
from tests.remediations.stage import Start, call, changes, follow, scene, writes

FIX = "cancel_backup_job"
STUCK = {"running_job": {"job": "snapshot", "hours": 7}}
CANCEL = {"method": "POST", "path_contains": "/cancel"}


def job(driver: Driver) -> Job:
    return next(j for j in driver.box.model.jobs if j.status in ("InProgress", "Cancelling"))


def agreed(driver: Driver) -> dict[str, Any]:
    return {"params": {"agreed": job(driver).name}}


async def test_a_stuck_snapshot_is_asked_about_by_its_name_and_nothing_is_changed(start: Start) -> None:
    async with start(STUCK) as driver:
        asks = await call(driver, FIX)
        assert isinstance(asks, NeedsApproval) and job(driver).name in asks.what and "7 hours" in asks.what
        assert asks.params == {"agreed": job(driver).name} and job(driver).name in asks.touches[0]
        assert changes(driver) == []


async def test_what_was_agreed_to_is_cancelled_once_and_seen_to_end(start: Start) -> None:
    async with start(STUCK) as driver:
        name = job(driver).name
        done = await follow(driver, FIX, **agreed(driver))
        assert isinstance(done, Done) and "Cancelled" in done.reason
        assert changes(driver, "job.cancel") == [name] and writes(driver, "POST", "/cancel") == 1
        assert isinstance(await call(driver, FIX), NothingToDo)


async def test_an_agreement_about_another_job_is_none(start: Start) -> None:
    async with start(STUCK) as driver:
        assert isinstance(await call(driver, FIX, params={"agreed": "another"}), NeedsApproval)
        assert changes(driver) == []


@pytest.mark.parametrize(
    "running", [{"job": "snapshot", "hours": 3.9}, {"job": "transfer", "hours": 3}, {"job": "transfer", "hours": 100}]
)
async def test_a_young_snapshot_and_any_transfer_are_waited_for(start: Start, running: dict[str, Any]) -> None:
    async with start({"running_job": running}) as driver:
        assert isinstance(await call(driver, FIX, **agreed(driver)), TryLater)
        assert changes(driver) == [] and writes(driver, "POST", "/cancel") == 0


async def test_a_job_that_is_waited_for_and_ends_is_done(start: Start) -> None:
    async with start({"running_job": {"job": "transfer", "hours": 3, "ends_after": 2}}) as driver:
        assert isinstance(await follow(driver, FIX), NothingToDo)
        assert changes(driver) == []


async def test_a_job_that_azure_does_not_call_cancellable_is_left_alone(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(STUCK) as driver:
        monkeypatch.setattr("gateway.arm.parse.any", lambda _: False, raising=False)
        assert isinstance(await call(driver, FIX, **agreed(driver)), TryLater)
        assert changes(driver) == []


@pytest.mark.parametrize("fault", ["drop_after", "503"])
async def test_a_lost_answer_cancels_nothing_twice(start: Start, fault: str) -> None:
    async with start(STUCK, faults=[{"kind": fault, **CANCEL}]) as driver:
        told = {**agreed(driver), "since": driver.box.now}
        with pytest.raises(Exception, match="cancel the job"):
            await call(driver, FIX, **told)
        await follow(driver, FIX, **told)
        assert len(changes(driver, "job.cancel")) == 1


async def test_a_cancellation_that_azure_refuses_goes_to_a_person(start: Start) -> None:
    async with start(STUCK) as driver:
        told, evidence = agreed(driver), scene(driver)
        await evidence.facts.unfinished_backups()
        snapshot, transfer = job(driver).tasks
        late = (replace(snapshot, status="Completed"), replace(transfer, status="InProgress"))
        driver.box.model.jobs.put(replace(job(driver), tasks=late))
        result = await call(driver, FIX, **told, facts=evidence.facts, changes=evidence.changes)
        assert isinstance(result, NeedsPerson) and "az backup job stop" in result.instructions
        assert changes(driver) == []


async def test_a_job_that_does_not_end_though_cancelled_goes_to_a_person(start: Start) -> None:
    async with start(STUCK) as driver:
        told = {**agreed(driver), "since": driver.box.now}
        assert isinstance(await call(driver, FIX, **told), TryLater)
        stuck = job(driver)
        await driver.box.advance(timedelta(minutes=31))
        driver.box.model.jobs.put(replace(stuck, status="InProgress"))
        result = await call(driver, FIX, **told)
        assert isinstance(result, NeedsPerson) and "support" in result.instructions
        assert len(changes(driver, "job.cancel")) == 1


async def test_where_changes_are_off_nothing_is_cancelled(start: Start) -> None:
    async with start(STUCK) as driver:
        with pytest.raises(ChangesOff):
            await call(driver, FIX, **agreed(driver), off="the switch is off")
        assert changes(driver) == []


async def test_a_missing_right_is_named(start: Start) -> None:
    action = "Microsoft.RecoveryServices/vaults/backupJobs/cancel/action"
    async with start(STUCK, role=Role(("*",), (action,))) as driver:
        with pytest.raises(Exception, match="backupJobs/cancel/action"):
            await call(driver, FIX, **agreed(driver))


OLD = {"old_vault": {"name": "rsv-old-01", "job": "snapshot", "hours": 9}}


def agreed_elsewhere(driver: Driver) -> dict[str, Any]:
    stuck = job(driver)
    return {"params": {"elsewhere": True, "agreed": f"{stuck.vault}/backupJobs/{stuck.name}".lower()}}


def old_item(driver: Driver) -> Item:
    return next(item for item in driver.box.model.items if "rsv-old-01" in item.id)


async def test_a_stuck_snapshot_of_the_old_vault_is_asked_about_by_its_name_and_its_vaults(start: Start) -> None:
    async with start(OLD) as driver:
        asks = await call(driver, FIX, params={"elsewhere": True})
        assert isinstance(asks, NeedsApproval) and changes(driver) == []
        assert all(name in asks.what for name in (job(driver).name, "rsv-old-01", "rg-backup-old", "9 hours"))
        assert "rsv-old-01" in asks.effect and asks.params["agreed"] == asks.touches[0]
        assert {"elsewhere": True, **asks.params} == agreed_elsewhere(driver)["params"]


async def test_what_was_agreed_to_is_cancelled_once_in_the_old_vault_and_seen_to_end(start: Start) -> None:
    async with start(OLD) as driver:
        told, stuck = agreed_elsewhere(driver), job(driver)
        done = await follow(driver, FIX, **told)
        assert isinstance(done, Done) and "Cancelled" in done.reason
        assert [c["id"] for c in driver.box.changes()] == [f"{stuck.vault}/backupJobs/{stuck.name}"]
        assert isinstance(await call(driver, FIX, **told), Done) and writes(driver, "POST", "/cancel") == 1


async def test_the_name_of_the_job_alone_is_no_agreement_about_the_old_vault(start: Start) -> None:
    async with start(OLD) as driver:
        told = {"params": {"elsewhere": True, "agreed": job(driver).name}}
        assert isinstance(await call(driver, FIX, **told), NeedsApproval)
        assert isinstance(await call(driver, FIX, **agreed(driver)), Done), (
            "without `elsewhere` only the own vault counts"
        )
        assert changes(driver) == []


@pytest.mark.parametrize("running", [{"job": "snapshot", "hours": 3.9}, {"job": "transfer", "hours": 100}])
async def test_a_young_snapshot_and_any_transfer_of_the_old_vault_are_waited_for(
    start: Start, running: dict[str, Any]
) -> None:
    async with start({"old_vault": {"name": "rsv-old-01", **running}}) as driver:
        assert isinstance(await call(driver, FIX, **agreed_elsewhere(driver)), TryLater)
        assert changes(driver) == [] and writes(driver, "POST", "/cancel") == 0


async def test_a_job_whose_item_in_the_old_vault_is_of_another_machine_is_left_to_a_person(start: Start) -> None:
    """Resource Graph, minutes old, still shows the item as this machine's; the vault itself knows better."""
    async with start(OLD) as driver:
        stage = scene(driver, **agreed_elsewhere(driver))
        stuck = (await stage.facts.unfinished_elsewhere())[0]
        item = old_item(driver)
        driver.box.model.items.put(replace(item, machine=f"{item.machine}-of-old"))
        result = await REMEDIATIONS[FIX].run(stage)
        assert isinstance(result, NeedsPerson) and "another machine" in result.instructions
        with pytest.raises(OutsideFence, match="another machine"):
            await stage.changes.cancel_job(stuck)
        assert changes(driver) == [] and writes(driver, "POST", "/cancel") == 0


async def test_a_job_of_a_machine_that_the_old_vault_no_longer_knows_is_left_to_a_person(start: Start) -> None:
    async with start(OLD) as driver:
        stage = scene(driver, **agreed_elsewhere(driver))
        await stage.facts.unfinished_elsewhere()
        driver.box.model.items.remove(old_item(driver).id)
        result = await REMEDIATIONS[FIX].run(stage)
        assert isinstance(result, NeedsPerson) and "does not know the machine" in result.instructions
        assert changes(driver) == []


@pytest.mark.parametrize("fault", ["drop_after", "503"])
async def test_a_lost_answer_of_the_old_vault_cancels_nothing_twice(start: Start, fault: str) -> None:
    async with start(OLD, faults=[{"kind": fault, **CANCEL}]) as driver:
        told = {**agreed_elsewhere(driver), "since": driver.box.now}
        with pytest.raises(Exception, match="cancel the job"):
            await call(driver, FIX, **told)
        await follow(driver, FIX, **told)
        assert len(changes(driver, "job.cancel")) == 1


async def test_a_missing_right_in_the_old_vault_cancels_nothing(start: Start) -> None:
    action = "Microsoft.RecoveryServices/vaults/backupJobs/cancel/action"
    async with start(OLD, role=Role(("*",), (action,))) as driver:
        with pytest.raises(Exception, match="backupJobs/cancel/action"):
            await call(driver, FIX, **agreed_elsewhere(driver))
        assert changes(driver) == []
