"""Deleting restore points that resist: too many at once, or one whose disk is being read."""

from datetime import timedelta
from typing import Any

from sandbox_arm import Arm, World, one_machine
from sandbox_recorded import answers, differences

MINUTE = timedelta(minutes=1)


def snapshots(arm: Arm) -> list[Any]:
    return sorted(arm.box.model.restore_points.under(arm.collection), key=lambda point: point.created)


async def ended(arm: Arm, accepted: Any) -> Any:
    """The body of the operation behind an accepted deletion, five minutes later."""
    assert accepted.status == 202, accepted
    await arm.box.advance(5 * MINUTE)
    return await arm.get(accepted.headers["Azure-AsyncOperation"])


async def outcome(arm: Arm) -> str | None:
    job = await arm.start_backup()
    await arm.box.advance(timedelta(hours=1))
    problem = arm.job(job.name).problem
    return problem.title if problem else None


async def test_a_collection_of_fifteen_points_goes_at_the_first_try(world: World) -> None:
    arm = await world(one_machine(restore_points=15))
    assert (await ended(arm, await arm("DELETE", arm.collection)))["status"] == "Succeeded"
    assert (await arm("GET", arm.collection)).status == 404
    assert snapshots(arm) == []


async def test_the_first_deletion_of_a_larger_collection_times_out_with_the_oldest_half_gone(world: World) -> None:
    arm = await world(one_machine(restore_points=18))
    newest = [point.name for point in snapshots(arm)[9:]]
    accepted = await arm("DELETE", arm.collection)
    assert (await arm.get(arm.collection))["properties"]["provisioningState"] == "Deleting"
    operation = await ended(arm, accepted)
    assert (operation["status"], operation["error"]["code"]) == ("Failed", "OperationTimedOut")
    assert [point.name for point in snapshots(arm)] == newest
    assert (await arm.get(arm.collection))["properties"]["provisioningState"] == "Failed"
    assert (await ended(arm, await arm("DELETE", arm.collection)))["status"] == "Succeeded"
    assert (await arm("DELETE", arm.collection)).status == 204
    assert [change["kind"] for change in arm.box.changes()] == ["collection.delete"] * 2


async def test_a_deletion_asked_for_again_while_it_runs_is_one_change_and_takes_one_half(world: World) -> None:
    arm = await world(one_machine(restore_points=18))
    for _ in range(2):
        assert (await arm("DELETE", arm.collection)).status == 202
        await arm.box.advance(timedelta(seconds=30))
    await arm.box.advance(5 * MINUTE)
    assert len(snapshots(arm)) == 9
    assert [change["kind"] for change in arm.box.changes()] == ["collection.delete"]


async def test_after_the_whole_collection_went_one_backup_fails_and_the_next_makes_a_new_one(world: World) -> None:
    arm = await world("whole_collection")
    for _ in range(2):
        await ended(arm, await arm("DELETE", arm.collection))
    assert await outcome(arm) == "UserErrorRpCollectionDeleted"
    assert (await arm("GET", arm.collection)).status == 404
    assert await outcome(arm) is None
    assert len(snapshots(arm)) == 1


async def test_half_a_deleted_collection_still_takes_backups(world: World) -> None:
    arm = await world(one_machine(restore_points=18))
    await ended(arm, await arm("DELETE", arm.collection))
    assert await outcome(arm) is None
    assert len(snapshots(arm)) == 10


async def test_a_point_whose_disk_is_being_read_is_accepted_for_deletion_and_stays(world: World) -> None:
    arm = await world(one_machine(restore_points=4, disk_access=2))
    operation = await ended(arm, await arm("DELETE", snapshots(arm)[1].id))
    assert differences(answers("C29")[0]["body"], operation) == []
    assert (operation["status"], operation["error"]["code"]) == ("Failed", "DiskRestorePointUsedByCustomer")
    shown = await arm.get(snapshots(arm)[1].id)
    assert shown["properties"]["provisioningState"] == "Succeeded"
    assert arm.box.changes() == []
    assert (await ended(arm, await arm("DELETE", snapshots(arm)[2].id)))["status"] == "Succeeded"
    assert len(snapshots(arm)) == 3


async def test_one_point_in_use_keeps_the_whole_collection(world: World) -> None:
    arm = await world(one_machine(restore_points=4, disk_access=1))
    operation = await ended(arm, await arm("DELETE", arm.collection))
    assert operation["error"]["code"] == "DiskRestorePointUsedByCustomer"
    assert len(snapshots(arm)) == 4
    assert arm.box.changes() == []


async def test_azure_backups_own_clean_up_leaves_a_point_in_use(world: World) -> None:
    arm = await world(one_machine(restore_points=18, disk_access=3))
    await outcome(arm)
    await arm.box.advance(timedelta(hours=3))
    assert [point.in_use for point in snapshots(arm)] == [True, True, True, False]


async def test_in_the_world_of_read_disks_every_overdue_point_is_in_use(world: World) -> None:
    arm = await world("disk_access")
    days = {(arm.box.now.date() - point.created.date()).days for point in snapshots(arm) if not point.in_use}
    assert days == {1}
