"""The fix that lifts locks: only on a group that is proven to be the item's restore point group, never an inherited one."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediations.contract import Done, NeedsPerson, NothingToDo, TryLater
from remediations.facts import Unknown
from tests.remediations.stage import Start, call, changes, follow, writes

FIX = "remove_backup_group_locks"
GROUP = "AzureBackupRG_westeurope_1"
FULL = {"restore_points": 18, "restore_group": GROUP}
LOCK = {"scope": f"group:{GROUP}", "name": "do-not-delete", "notes": "Ask first."}


def locked(*more: dict[str, Any], **world: Any) -> dict[str, Any]:
    return {"lock": [LOCK, *more], **world}


async def test_every_lock_on_the_group_and_below_it_is_lifted_each_under_a_lease(start: Start) -> None:
    below = {"scope": f"/resourceGroups/{GROUP}/providers/Microsoft.Compute/snapshots/s", "name": "below"}
    async with start(FULL, **locked(below, {**LOCK, "name": "second", "level": "ReadOnly"})) as driver:
        assert isinstance(await follow(driver, FIX), Done)
        assert sorted(changes(driver, "lock.delete")) == ["below", "do-not-delete", "second"]
        assert len(await driver.engine.leases.all()) == 3
        await driver.engine.leases.release("c" * 32, driver.box.now)
        assert sorted(map(str, await driver.locks())) == sorted(map(str, driver.locks_at_start))


@pytest.mark.parametrize(
    "kind", ["Microsoft.Compute/disks", "Microsoft.Storage/storageAccounts", "Microsoft.Network/networkInterfaces"]
)
async def test_a_group_that_also_holds_other_things_keeps_its_lock(start: Start, kind: str) -> None:
    other = [{"group": GROUP, "type": kind, "name": "theirs"}]
    async with start(FULL, **locked(resource=other)) as driver:
        with pytest.raises(Unknown, match="also holds"):
            await call(driver, FIX)
        assert changes(driver) == [] and await driver.engine.leases.all() == []


async def test_the_points_of_a_machine_that_was_recreated_keep_their_lock(start: Start) -> None:
    async with start({**FULL, "recreated": True}, **locked()) as driver:
        with pytest.raises(Unknown, match="another machine"):
            await call(driver, FIX)
        assert changes(driver) == []


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
async def test_an_inherited_lock_stops_the_fix_before_it_lifts_any_other(start: Start, level: str) -> None:
    above = {"scope": "subscription", "name": "landing-zone", "level": level}
    async with start(FULL, **locked(above)) as driver:
        result = await call(driver, FIX)
        assert isinstance(result, NeedsPerson) and "landing-zone" in result.instructions
        assert changes(driver) == [] and await driver.engine.leases.all() == []


@pytest.mark.parametrize("group", [GROUP + "0", GROUP[:-1], GROUP + "_1", "rg-app"])
async def test_locks_of_groups_with_like_names_stay(start: Start, group: str) -> None:
    near = {"scope": f"group:{group}", "name": "theirs"}
    async with start(FULL, **locked(near)) as driver:
        assert isinstance(await follow(driver, FIX), Done)
        assert changes(driver, "lock.delete") == ["do-not-delete"]
        assert [one["name"] for one in await driver.locks()] == ["theirs"]


async def test_a_group_named_by_the_policy_is_found_by_what_it_holds(start: Start) -> None:
    world = {
        "policy": {"group_prefix": "Contoso-", "group_suffix": "-rp"},
        "lock": [{**LOCK, "scope": "group:Contoso-1-rp"}],
    }
    async with start({"restore_points": 18}, **world) as driver:
        assert isinstance(await follow(driver, FIX), Done)
        assert changes(driver) == ["lock.delete"]


async def test_without_a_lock_there_is_nothing_to_do(start: Start) -> None:
    async with start(FULL) as driver:
        assert isinstance(await call(driver, FIX), NothingToDo)
        assert not any(r["write"] for r in driver.box.requests())


async def test_a_collection_in_the_wrong_name_of_the_machine_is_not_the_items(start: Start) -> None:
    async with start(FULL, **locked()) as driver:
        item = next(iter(driver.box.model.items))
        driver.box.model.items.put(replace(item, data_id=item.data_id + "9"))
        with pytest.raises(Unknown, match="protectedItemDataId"):
            await call(driver, FIX)
        assert changes(driver) == []


@pytest.mark.parametrize("fault", ["drop_after", "drop", "503"])
async def test_a_lost_answer_lifts_the_lock_once_and_keeps_the_debt(start: Start, fault: str) -> None:
    async with start(
        FULL, **locked(), faults=[{"kind": fault, "method": "DELETE", "path_contains": "/locks/"}]
    ) as driver:
        with pytest.raises(Exception, match="delete the lock"):
            await call(driver, FIX)
        assert len(await driver.engine.leases.all()) == 1
        await driver.box.advance(timedelta(minutes=1))
        assert isinstance(await follow(driver, FIX), Done)
        assert changes(driver) == ["lock.delete"]


async def test_a_lock_that_was_just_lifted_is_no_longer_listed_to_anybody(start: Start) -> None:
    """The list is shared by all cases for half a minute; a write of ours ends that at once."""
    async with start(FULL, **locked()) as driver:
        assert isinstance(await call(driver, FIX), TryLater)
        assert isinstance(await call(driver, FIX, case="d" * 32), Done), "the other case shares the lease at once"
        assert writes(driver, "DELETE", "/locks/") == 1


async def test_with_changes_switched_off_the_lock_stays(start: Start) -> None:
    async with start(FULL, **locked()) as driver:
        with pytest.raises(Exception, match="switched off"):
            await call(driver, FIX, off="switched off")
        assert changes(driver) == [] and not any(r["write"] for r in driver.box.requests())


async def test_a_lock_that_is_written_anew_after_it_was_lifted_is_left_to_a_person(start: Start) -> None:
    """A policy or a pipeline puts it back: lifting it again and again is a fight that nobody wins."""
    async with start(FULL, **locked()) as driver:
        since = driver.box.now
        [held] = list(driver.box.model.locks)
        first = await call(driver, FIX)
        assert isinstance(first, TryLater)
        await driver.box.advance(timedelta(minutes=11))
        driver.box.model.locks.put(replace(held, in_force_until=None))
        again = await call(driver, FIX, since=since, memo=dict(first.memo))
        assert isinstance(again, NeedsPerson) and "came back" in again.instructions
        assert changes(driver, "lock.delete") == ["do-not-delete"]
