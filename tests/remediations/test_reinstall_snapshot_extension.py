"""The fix that removes the broken backup extension: only that one, only where nothing stands against it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediations.contract import Done, NeedsPerson, NothingToDo, TryLater
from sandbox.backup.run import start_backup
from sandbox.model import Extension
from tests.engine.driver import Driver
from tests.remediations.stage import Start, call, changes, follow, writes

FIX = "reinstall_snapshot_extension"
BROKEN = {"snapshot_extension": "Failed"}


def machine(driver: Driver) -> Any:
    return next(iter(driver.box.model.machines))


@pytest.mark.parametrize("os", ["Windows", "Linux"])
async def test_a_failed_snapshot_extension_is_deleted_once_and_seen_to_be_gone(start: Start, os: str) -> None:
    async with start({**BROKEN, "os": os}) as driver:
        assert isinstance(await follow(driver, FIX), Done)
        assert changes(driver, "extension.delete") == ["VMSnapshotLinux" if os == "Linux" else "VMSnapshot"]
        assert writes(driver, "DELETE", "/extensions/") == 1
        assert isinstance(await call(driver, FIX), NothingToDo)


@pytest.mark.parametrize("fault", ["drop_after", "503"])
async def test_a_lost_answer_deletes_nothing_twice(start: Start, fault: str) -> None:
    async with start(BROKEN, faults=[{"kind": fault, "method": "DELETE", "path_contains": "/extensions/"}]) as driver:
        with pytest.raises(Exception, match="delete the extension"):
            await call(driver, FIX)
        await follow(driver, FIX)
        assert changes(driver) == ["extension.delete"]


@pytest.mark.parametrize("state", ["Succeeded", "Creating", "Updating", ""])
async def test_an_extension_that_has_not_failed_is_left_alone(start: Start, state: str) -> None:
    async with start() as driver:
        mine = replace(machine(driver).extensions[0], state=state)
        driver.box.model.machines.put(replace(machine(driver), extensions=(mine,)))
        assert isinstance(await call(driver, FIX), NothingToDo)
        assert changes(driver) == []


@pytest.mark.parametrize("publisher", ["Contoso.Backup", "Microsoft.Azure.RecoveryServices.Other"])
async def test_a_foreign_extension_that_bears_the_name_is_never_touched(start: Start, publisher: str) -> None:
    async with start({"snapshot_extension": "absent"}) as driver:
        foreign = Extension("VMSnapshot", publisher, "VMSnapshot", "1.0", "Failed", "broken")
        driver.box.model.machines.put(replace(machine(driver), extensions=(foreign,)))
        assert isinstance(await call(driver, FIX), NothingToDo)
        assert changes(driver) == [] and writes(driver, "DELETE", "/") == 0


@pytest.mark.parametrize("told", [{"agent": "Not Ready"}, {"power": "deallocated", "agent": "Not Ready"}])
async def test_where_the_agent_is_silent_a_person_is_needed(start: Start, told: dict[str, str]) -> None:
    async with start({**BROKEN, **told}) as driver:
        assert isinstance(await call(driver, FIX), NeedsPerson)
        assert changes(driver) == []


@pytest.mark.parametrize("operation", ["Backup", "Restore"])
async def test_nothing_is_removed_while_a_job_runs(start: Start, operation: str) -> None:
    async with start(BROKEN) as driver:
        job = start_backup(driver.box.sim, next(iter(driver.box.model.items)), on_demand=True)
        driver.box.model.jobs.put(replace(job, operation=operation, listed_at=job.start))
        assert isinstance(await call(driver, FIX), TryLater)
        assert changes(driver) == []


async def test_nothing_is_removed_from_an_updating_machine(start: Start) -> None:
    async with start({**BROKEN, "updating_minutes": 20}) as driver:
        result = await call(driver, FIX)
        assert isinstance(result, TryLater) and "Updating" in result.reason and changes(driver) == []
        await driver.box.advance(timedelta(minutes=30))
        assert isinstance(await follow(driver, FIX), Done)


MACHINE = "/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web-01"


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
@pytest.mark.parametrize("scope", ["subscription", "group:rg-app", MACHINE, f"{MACHINE}/extensions/VMSnapshot"])
async def test_a_lock_that_covers_the_extension_is_named_and_respected(start: Start, level: str, scope: str) -> None:
    async with start(BROKEN, lock=[{"scope": scope, "name": "keep", "level": level}]) as driver:
        result = await call(driver, FIX)
        assert isinstance(result, NeedsPerson) and "keep" in result.instructions
        assert changes(driver) == [] and await driver.locks() == driver.locks_at_start


@pytest.mark.parametrize("scope", ["group:rg-backup", f"{MACHINE}1", f"{MACHINE}/extensions/Other", "group:rg-app2"])
async def test_a_lock_elsewhere_stands_in_nobodys_way(start: Start, scope: str) -> None:
    async with start(BROKEN, lock=[{"scope": scope, "name": "keep"}]) as driver:
        assert isinstance(await follow(driver, FIX), Done)


async def test_with_changes_switched_off_nothing_is_sent(start: Start) -> None:
    async with start(BROKEN) as driver:
        with pytest.raises(Exception, match="switched off"):
            await call(driver, FIX, off="switched off")
        assert not any(r["write"] for r in driver.box.requests())


async def test_a_deletion_that_is_accepted_and_fails_is_asked_for_three_times_and_no_more(start: Start) -> None:
    async with start(BROKEN) as driver:
        result = await call(driver, FIX)
        for _ in range(60):
            if not isinstance(result, TryLater):
                break
            driver.box.model.machines.put(machine(driver))
            await driver.box.advance(timedelta(seconds=result.delay))
            broken = Extension("VMSnapshot", "Microsoft.Azure.RecoveryServices", "VMSnapshot", "1.0", "Failed", "stuck")
            driver.box.model.machines.put(replace(machine(driver), extensions=(broken,)))
            result = await call(driver, FIX, memo=dict(result.memo))
        assert isinstance(result, NeedsPerson)
        assert writes(driver, "DELETE", "/extensions/") == 3
