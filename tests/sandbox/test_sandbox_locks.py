"""Locks: inheritance, late propagation, and what each level forbids."""

from datetime import timedelta

from sandbox_arm import LOCKED, World, one_machine

RG = "/resourceGroups/AzureBackupRG_westeurope_1"
LOCK = "/providers/Microsoft.Authorization/locks"


async def test_a_list_at_a_group_shows_its_own_and_inherited_locks_and_one_at_the_subscription_shows_all(
    world: World,
) -> None:
    locks = [*LOCKED["lock"], {"scope": "subscription", "name": "top"}, {"scope": "group:rg-app", "name": "elsewhere"}]
    arm = await world(one_machine(_world={"lock": locks}))
    clients = await world.clients(arm)
    at = clients.locks.management_locks
    names = {lock.name async for lock in at.list_at_resource_group_level("azurebackuprg_WESTEUROPE_1")}
    assert names == {"keep", "top"}
    assert {lock.name async for lock in at.list_at_subscription_level()} == {"keep", "top", "elsewhere"}


async def test_a_deleted_lock_is_gone_from_lists_at_once_but_stays_in_force_for_ninety_seconds(world: World) -> None:
    arm = await world(one_machine(restore_points=3, _world=LOCKED))
    clients = await world.clients(arm)
    await clients.locks.management_locks.delete_at_resource_group_level("AzureBackupRG_westeurope_1", "keep")
    assert (await arm.get(arm.sub + RG + LOCK))["value"] == []
    point = arm.box.model.restore_points.under(arm.collection)[0]
    await arm.box.advance(timedelta(seconds=89))
    assert (await arm("DELETE", point.id)).status == 409
    await arm.box.advance(timedelta(seconds=1))
    assert (await arm("DELETE", point.id)).status == 202


async def test_deleting_a_lock_twice_answers_204_and_is_one_change(world: World) -> None:
    arm = await world(one_machine(_world=LOCKED))
    path = arm.sub + RG + LOCK + "/keep"
    assert [(await arm("DELETE", path)).status for _ in range(2)] == [200, 204]
    assert [change["kind"] for change in arm.box.changes()] == ["lock.delete"]


async def test_a_lock_put_back_is_identical_and_in_force_at_once(world: World) -> None:
    arm = await world(one_machine(restore_points=3, _world=LOCKED))
    path = arm.sub + RG + LOCK + "/keep"
    before = await arm.get(path)
    await arm("DELETE", path)
    await arm.box.advance(timedelta(minutes=5))
    put = [await arm("PUT", path, {"properties": before["properties"]}) for _ in range(2)]
    assert [answer.status for answer in put] == [201, 200]
    assert await arm.get("/_sandbox/locks") == [before]
    assert (await arm("DELETE", arm.collection)).status == 409
    assert [change["kind"] for change in arm.box.changes()] == ["lock.delete", "lock.write"]


async def test_a_can_not_delete_lock_leaves_writes_alone_and_a_read_only_lock_forbids_them(world: World) -> None:
    arm = await world(one_machine())
    path = f"{arm.sub}/resourceGroups/rg-backup{LOCK}/mine"
    trigger = {"properties": {"objectType": "IaasVMBackupRequest"}}
    await arm("PUT", path, {"properties": {"level": "CanNotDelete"}})
    assert (await arm("POST", f"{arm.item}/backup", trigger)).status == 202
    await arm("PUT", path, {"properties": {"level": "ReadOnly"}})
    refused = await arm("POST", f"{arm.item}/backup", trigger)
    assert (refused.status, refused.body["error"]["code"]) == (409, "ScopeLocked")
    assert "cannot perform write operation" in refused.body["error"]["message"]


async def test_a_lock_does_not_reach_a_group_whose_name_only_begins_alike(world: World) -> None:
    arm = await world(one_machine(restore_group="AzureBackupRG_westeurope_10", _world=LOCKED))
    assert (await arm("DELETE", arm.collection)).status == 202
