"""The model of the backup service: what a backup needs, what it leaves, what stops its clean-up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sandbox_arm import LOCKED, Arm, World, one_machine

HOUR = timedelta(hours=1)
FAILED_EXTENSION = {"name": "Other", "publisher": "Contoso", "type": "Other", "version": "1.0", "state": "Failed"}


async def outcome(arm: Arm) -> tuple[str, str | None]:
    """Status and title of an on-demand backup started now, an hour later."""
    job = await arm.start_backup()
    await arm.box.advance(HOUR)
    ended = arm.job(job.name)
    return ended.status, ended.problem.title if ended.problem else None


def snapshots(arm: Arm) -> list[Any]:
    return arm.box.model.restore_points.under(arm.collection)


@pytest.mark.parametrize(
    ("machine", "title"),
    [
        ({"agent": "Not Ready"}, "UserErrorGuestAgentStatusUnavailable"),
        ({"snapshot_extension": "Failed"}, "UserErrorVmProvisioningStateFailed"),
        ({"extensions": [FAILED_EXTENSION]}, "UserErrorVmProvisioningStateFailed"),
        ({"updating_minutes": 60}, "UserErrorVmProvisioningStateFailed"),
        ({"gone": True}, "UserErrorVmNotFoundV2"),
        ({"restore_points": 18}, "UserErrorRpCollectionLimitReached"),
        ({"disks_gb": [127, 65537]}, "UserErrorUnsupportedDiskSize"),
        ({"encrypted": True, "disks_gb": [5000]}, "UserErrorUnsupportedDiskSize"),
        ({"next_failures": ["BackUpOperationFailed"]}, "BackUpOperationFailed"),
        ({"always_fails": "UserErrorOnNoRecord"}, "UserErrorOnNoRecord"),
    ],
)
async def test_a_missing_need_fails_the_backup_with_its_own_code(
    world: World, machine: dict[str, Any], title: str
) -> None:
    assert await outcome(await world(one_machine(**machine))) == ("Failed", title)


@pytest.mark.parametrize(
    "machine",
    [
        {},
        {"power": "deallocated", "agent": "Not Ready"},
        {"power": "stopped", "agent": "Not Ready"},
        {"agent": "Not Ready", "_world": {"policy": {"consistency": "CrashConsistent"}}},
        {"restore_points": 17},
        {"restore_points": 18, "_world": {"policy": {"version": "V2"}}},
        {"encrypted": True, "disks_gb": [4096]},
        {"snapshot_extension": "absent"},
    ],
)
async def test_a_backup_asks_for_no_more_than_it_needs(world: World, machine: dict[str, Any]) -> None:
    assert await outcome(await world(one_machine(**machine))) == ("Completed", None)


async def test_a_failure_without_a_number_on_record_shows_none(world: World) -> None:
    arm = await world("locked_group")
    [failed] = [job for job in arm.box.model.jobs if job.status == "Failed"]
    [error] = (await arm.get(f"{arm.vault}/backupJobs/{failed.name}"))["properties"]["errorDetails"]
    assert error["errorTitle"] == "UserErrorRpCollectionLimitReached"
    assert "errorCode" not in error


async def test_points_in_every_collection_of_the_machine_count_towards_the_limit(world: World) -> None:
    arm = await world(one_machine(restore_points=17))
    model = arm.box.model
    from sandbox.model import Collection, RestorePoint

    other = f"{arm.sub}/resourceGroups/rg-app/providers/Microsoft.Compute/restorePointCollections/AzureBackup_web-01"
    model.collections.put(Collection(other, "rg-app", "AzureBackup_web-01", "westeurope", arm.machine, "guid"))
    [machine] = model.machines
    at = datetime(2026, 1, 5, tzinfo=UTC)
    model.restore_points.put(
        RestorePoint(f"{other}/restorePoints/old", other, "old", machine.id, machine.vm_id, at, "AppConsistent")
    )
    assert await outcome(arm) == ("Failed", "UserErrorRpCollectionLimitReached")


async def test_a_completed_backup_leaves_a_restore_point_and_a_recovery_point_with_both_tiers(world: World) -> None:
    arm = await world(one_machine())
    await arm.start_backup()
    await arm.box.advance(timedelta(minutes=10))
    newest = (await arm.get(f"{arm.item}/recoveryPoints"))["value"][0]["properties"]
    assert newest["recoveryPointTierDetails"] == [{"type": "InstantRP", "status": "Valid"}]
    await arm.box.advance(HOUR)
    newest = (await arm.get(f"{arm.item}/recoveryPoints"))["value"][0]["properties"]
    tiers = [("InstantRP", "Valid"), ("HardenedRP", "Valid")]
    assert [(t["type"], t["status"]) for t in newest["recoveryPointTierDetails"]] == tiers
    point = max(snapshots(arm), key=lambda p: p.created)
    assert point.name == "AzureBackup_20260302_023003"
    assert newest["recoveryPointTime"].startswith("2026-03-02T02:30:03.829608")


async def test_the_name_of_a_restore_point_comes_from_a_twelve_hour_clock(world: World) -> None:
    arm = await world(one_machine(_world={"start": datetime(2026, 3, 2, 15, 35, 36, tzinfo=UTC)}))
    await arm.start_backup()
    await arm.box.advance(HOUR)
    assert max(snapshots(arm), key=lambda p: p.created).name == "AzureBackup_20260302_033539"


async def test_a_second_backup_while_one_runs_fails_without_touching_the_item_or_raising_an_alert(world: World) -> None:
    arm = await world(one_machine())
    await arm.start_backup()
    await arm.box.advance(timedelta(minutes=5))
    second = await arm.start_backup()
    await arm.box.advance(timedelta(minutes=10))
    assert arm.job(second.name).problem.title == "UserErrorBackupOperationInProgress"
    assert (await arm.get(arm.item))["properties"]["lastBackupStatus"] == "Completed"
    assert not [event for event in arm.box.model.events if event.kind.startswith("alert")]


async def test_clean_up_follows_two_hours_after_an_attempt_and_keeps_what_is_within_retention(world: World) -> None:
    arm = await world(one_machine(restore_points=18))
    assert await outcome(arm) == ("Failed", "UserErrorRpCollectionLimitReached")
    assert len(snapshots(arm)) == 18
    await arm.box.advance(2 * HOUR)
    assert [point.created.date().isoformat() for point in snapshots(arm)] == ["2026-03-01"]
    assert await outcome(arm) == ("Completed", None)


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
async def test_a_lock_on_the_group_stops_clean_up(world: World, level: str) -> None:
    lock = {"lock": [{**LOCKED["lock"][0], "level": level}]}
    arm = await world(one_machine(restore_points=18, _world=lock))
    await outcome(arm)
    await arm.box.advance(3 * HOUR)
    assert len(snapshots(arm)) == 18


async def test_a_lock_on_the_subscription_stops_clean_up(world: World) -> None:
    arm = await world("inherited_lock")
    await outcome(arm)
    await arm.box.advance(3 * HOUR)
    assert len(snapshots(arm)) == 18


async def test_after_the_lock_is_gone_the_first_backup_still_fails_and_the_next_works(world: World) -> None:
    arm = await world("locked_group")
    lock = f"{arm.sub}/resourceGroups/AzureBackupRG_westeurope_1/providers/Microsoft.Authorization/locks/do-not-delete"
    assert (await arm("DELETE", lock)).status == 200
    assert await outcome(arm) == ("Failed", "UserErrorRpCollectionLimitReached")
    await arm.box.advance(2 * HOUR)
    assert await outcome(arm) == ("Completed", None)


async def test_a_point_that_is_not_in_the_vault_yet_is_never_cleaned_up(world: World) -> None:
    arm = await world(one_machine(transfer_failures=["DiffCopyFailedToTransferData"]))
    assert await outcome(arm) == ("CompletedWithWarnings", "DiffCopyFailedToTransferData")
    await arm.box.advance(timedelta(days=9))
    days = {point.created.date().isoformat() for point in snapshots(arm)}
    assert "2026-03-02" in days and "2026-03-04" not in days


async def test_clean_up_never_takes_the_newest_snapshot_however_old_it_is(world: World) -> None:
    arm = await world(one_machine(agent="Not Ready", restore_points=3))
    await arm.box.advance(timedelta(days=9))
    assert [point.created.date().isoformat() for point in snapshots(arm)] == ["2026-03-01"]


async def test_a_stuck_clean_up_leaves_points_that_arm_can_delete(world: World) -> None:
    arm = await world("full_collection")
    await outcome(arm)
    await arm.box.advance(3 * HOUR)
    assert len(snapshots(arm)) == 18
    assert (await arm("DELETE", snapshots(arm)[0].id)).status == 202
    await arm.box.advance(timedelta(minutes=1))
    assert await outcome(arm) == ("Completed", None)


async def test_after_a_collection_is_deleted_by_hand_one_backup_fails_and_the_next_works(world: World) -> None:
    arm = await world(one_machine())
    assert (await arm("DELETE", arm.collection)).status == 202
    await arm.box.advance(timedelta(minutes=1))
    assert await outcome(arm) == ("Failed", "UserErrorRpCollectionDeleted")
    assert await outcome(arm) == ("Completed", None)
    assert len(snapshots(arm)) == 1


async def test_deleting_the_failed_extension_heals_and_the_next_backup_installs_it_again(world: World) -> None:
    arm = await world("extension_failed")
    assert (await arm("DELETE", f"{arm.machine}/extensions/VMSnapshot")).status == 202
    await arm.box.advance(timedelta(minutes=1))
    assert (await arm.get(arm.machine))["properties"]["provisioningState"] == "Succeeded"
    assert await outcome(arm) == ("Completed", None)
    shown = await arm.get(f"{arm.machine}/extensions/VMSnapshot")
    assert shown["properties"]["provisioningState"] == "Succeeded"


async def test_the_ninth_on_demand_attempt_of_a_utc_day_is_the_last(world: World) -> None:
    arm = await world(one_machine(agent="Not Ready"))
    for _ in range(9):
        await arm.start_backup()
        await arm.box.advance(timedelta(minutes=5))
    body = {"properties": {"objectType": "IaasVMBackupRequest"}}
    refused = await arm("POST", f"{arm.item}/backup", body)
    assert (refused.status, refused.body["error"]["code"]) == (400, "CloudDosAbsoluteLimitReached")
    await arm.box.advance(datetime(2026, 3, 3, tzinfo=UTC))
    assert (await arm("POST", f"{arm.item}/backup", body)).status == 202


async def test_a_transfer_cannot_be_cancelled(world: World) -> None:
    arm = await world(one_machine())
    job = await arm.start_backup()
    await arm.box.advance(timedelta(minutes=10))
    assert (await arm("POST", f"{arm.vault}/backupJobs/{job.name}/cancel")).status == 400


async def test_a_new_job_answers_at_once_but_shows_in_the_list_a_minute_later(world: World) -> None:
    arm = await world(one_machine())
    job = await arm.start_backup()
    assert (await arm.get(f"{arm.vault}/backupJobs/{job.name}"))["name"] == job.name

    async def listed() -> list[str]:
        return [one["name"] for one in (await arm.get(f"{arm.vault}/backupJobs"))["value"]]

    assert job.name not in await listed()
    await arm.box.advance(timedelta(seconds=60))
    assert job.name in await listed()


async def test_the_policy_starts_a_backup_every_day(world: World) -> None:
    arm = await world(one_machine())
    await arm.box.advance(timedelta(days=3))
    starts = [job.start for job in arm.box.model.jobs if job.start > datetime(2026, 3, 2, 3, tzinfo=UTC)]
    assert [f"{at:%d %H:%M}" for at in sorted(starts)] == ["03 02:00", "04 02:00", "05 02:00"]


async def test_a_world_can_hold_points_without_a_vault_copy_and_points_of_an_earlier_machine(world: World) -> None:
    foreign = {"group": "AzureBackupRG_westeurope_1", "type": "Microsoft.Compute/disks", "name": "left-here"}
    declared = {"restore_points": 5, "unvaulted": 2, "recreated": True, "file_session": True}
    arm = await world(one_machine(**declared, _world={"resource": [foreign]}))
    points = [one["properties"] for one in (await arm.get(f"{arm.item}/recoveryPoints"))["value"]]
    tiers = [[tier["type"] for tier in point["recoveryPointTierDetails"]] for point in points[:6]]
    both = ["InstantRP", "HardenedRP"]
    assert tiers == [both, both, both, ["InstantRP"], ["InstantRP"], both]
    assert [point["isInstantIlrSessionActive"] for point in points[:2]] == [True, False]
    [machine] = arm.box.model.machines
    assert all(point.vm_id != machine.vm_id for point in snapshots(arm))
    listed = await arm.get(f"{arm.sub}/resourceGroups/AzureBackupRG_westeurope_1/resources")
    assert {one["type"] for one in listed["value"]} == {
        "Microsoft.Compute/restorePointCollections",
        "Microsoft.Compute/disks",
    }


async def test_restore_groups_follow_the_prefix_and_suffix_of_the_policy(world: World) -> None:
    arm = await world(one_machine(_world={"policy": {"group_prefix": "rg-snap-", "group_suffix": "-weu"}}))
    assert "/resourceGroups/rg-snap-1-weu/" in arm.collection
    details = (await arm.get(f"{arm.vault}/backupPolicies/DailyPolicy"))["properties"]["instantRPDetails"]
    assert details == {"azureBackupRGNamePrefix": "rg-snap-", "azureBackupRGNameSuffix": "-weu"}
