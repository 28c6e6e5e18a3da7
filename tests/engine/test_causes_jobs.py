"""Causes that the vault's jobs tell: a backup under way, here or in another vault, a crowd, Azure's own word."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from engine.catalog import CATALOG
from engine.causes.contract import CAUSES, Verdict
from remediations.facts import Facts, Unknown
from sandbox.arm.rbac import Role
from sandbox.model import Vault
from tests.engine.driver import Driver, driving

CODE = "UserErrorBackupOperationInProgress"
CROWDED = "CopyingVHDsFromBackUpVaultTakingLongTime"
COMPUTE = [
    ("DiskRestorePointUsedByCustomer: a disk has an active shared access signature", "DiskRestorePointUsedByCustomer"),
    ("OperationNotAllowed: Changes were made to the Virtual Machine while the operation 'Create Restore Point' was in "
     "progress", "UserErrorVmProvisioningStateFailed"),
    ("OperationNotAllowed: disk(s) have not been allocated successfully", "ComputeDiskNotAllocated"),
    ("the number of restore points for a VM cannot exceed 18", "UserErrorRpCollectionLimitReached"),
    ("VMRestorePointClientError: Shared disks is not supported", "ComputeSharedDisk"),
    ("VMAgentStatusCommunicationError", "UserErrorGuestAgentStatusUnavailable"),
    ("VMRestorePointClientError: maximum allowed snapshot limit of one or more disk blobs",
     "ExtensionFailedSnapshotLimitReachedError"),
    ("VMRestorePointClientError: inadequate VM resources", "ComputeMachineTooSmall"),
    ("VMRestorePointClientError: no network connectivity on the virtual machine", "ExtensionSnapshotFailedNoNetwork"),
    ("VMRestorePointClientError: concurrent 'Create RestorePoint' operation", "ComputeRestorePointInProgress"),
    ("Keyvault associated with DiskEncryptionSet not found", "ComputeDiskEncryptionSetKeyVaultGone"),
    ("OSProvisioningClientError: OS Provisioning did not finish", "ComputeProvisioningUnfinished"),
    ("VMRestorePointClientError: COM+ was unable to talk to MSDTC", "ExtensionSnapshotFailedCOM"),
    ("VMRestorePointClientError: insufficient memory available in COM+ memory quota", "ExtensionSnapshotFailedCOM"),
    ("VMRestorePointClientError: VSS Writers in bad state", "ExtensionFailedVssWriterInBadState"),
    ("VMRestorePointClientError: failure in installation of Visual C++ Redistributable for Visual Studio 2012",
     "ExtensionVCRedistInstallationFailure"),
    ("AllocationFailed: Allocation failed", "ComputeAllocationFailed"),
]  # fmt: skip


def world(code: str = CODE, **machine: Any) -> dict[str, Any]:
    more = {name: machine.pop(name) for name in ("lock",) if name in machine}
    return {"name": "j", "title": "t", "machine": [{"name": "web-01", "failure": {"code": code}, **machine}], **more}


def facts(driver: Driver) -> Facts:
    return Facts(driver.engine.reads, driver.world["cases"][0]["item"], driver.box.now, driver.engine.leases.out_of)


async def verdict(driver: Driver, cause: str) -> Verdict:
    return await CAUSES[cause].examine(facts(driver))


@pytest.mark.parametrize(
    ("running", "named"),
    [
        ({"job": "snapshot", "hours": 4}, "backup_stuck"),
        ({"job": "snapshot", "hours": 3.9}, "backup_running"),
        ({"job": "snapshot", "hours": 40}, "backup_stuck"),
        ({"job": "transfer", "hours": 10}, "backup_running"),
        ({"job": "transfer", "hours": 71}, "backup_running"),
        ({"job": "transfer", "hours": 72}, "transfer_endless"),
    ],
)
async def test_a_backup_under_way_is_told_by_its_phase_and_its_age(
    running: dict[str, Any], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(running_job=running), tmp_path, monkeypatch) as driver:
        for cause in ("backup_stuck", "transfer_endless", "backup_running"):
            found = await verdict(driver, cause)
            assert (found.says == "confirmed") is (cause == named or cause == "backup_running"), (cause, found.reason)


async def test_a_first_backup_may_transfer_for_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = world(running_job={"job": "transfer", "hours": 100}, protection_state="IRPending")
    async with driving(told, tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "transfer_endless")).says == "ruled out"


async def test_jobs_of_more_than_a_day_ago_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(running_job={"job": "snapshot", "hours": 400}), tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "backup_stuck")).says == "confirmed"
        asked = [str(r) for r in driver.box.requests() if r["path"].endswith("/backupJobs")]
        assert len(asked) == 1 and "status eq 'InProgress'" in unquote_plus(asked[0]), asked
        assert "startTime eq '2026-01-31 02:30:00 AM'" in unquote_plus(asked[0]), asked


async def test_a_schedule_that_overlaps_itself_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(running_job={"job": "transfer", "hours": 25}), tmp_path, monkeypatch) as driver:
        assert "the schedule overlaps" in (await verdict(driver, "backup_running")).reason


async def test_another_machine_of_the_vault_is_not_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"name": "web-011", "failure": {"code": CODE}, "running_job": {"job": "snapshot", "hours": 9}}
    declared = {"name": "j", "title": "t", "machine": [{"name": "web-01", "failure": {"code": CODE}}, other]}
    async with driving(declared, tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "backup_stuck")).says == "ruled out"


async def test_a_query_that_does_not_show_this_very_item_is_no_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("backup_in_old_vault", tmp_path, monkeypatch) as driver:
        monkeypatch.setattr("gateway.arm.reads.ITEMS_OF_MACHINE", "recoveryservicesresources | where name == 'none'")
        with pytest.raises(Unknown, match="does not show this very item"):
            await verdict(driver, "backup_in_old_vault")


async def test_a_machine_of_many_vaults_is_not_searched_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("backup_in_old_vault", tmp_path, monkeypatch) as driver:
        state = driver.box.model
        first = next(item for item in state.items if "rsv-old-01" in item.id)
        for number in range(2, 5):
            vault = first.vault.replace("rsv-old-01", f"rsv-old-0{number}")
            state.vaults.put(Vault(vault, f"rsv-old-0{number}", "rg-backup-old", "westeurope"))
            state.items.put(replace(first, id=first.id.replace("rsv-old-01", f"rsv-old-0{number}"), vault=vault))
        await driver.box.advance(timedelta(minutes=5))
        with pytest.raises(Unknown, match="4 other vaults"):
            await verdict(driver, "backup_in_old_vault")


async def test_an_id_that_is_no_machines_becomes_no_part_of_a_query(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        with pytest.raises(ValueError, match="not the id of a machine"):
            await driver.engine.reads.items_of_machine("/subscriptions/x' or 1 == 1 | project id //")
        assert not driver.box.requests()


@pytest.mark.parametrize(
    ("jobs", "failed", "says"), [(9, 2, "confirmed"), (8, 2, "ruled out"), (30, 1, "ruled out"), (0, 0, "ruled out")]
)
async def test_a_crowd_is_many_at_one_time_of_which_several_failed_by_their_transfer(
    jobs: int, failed: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = world(CROWDED, crowd={"jobs": jobs, "failed": failed, "code": CROWDED})
    async with driving(told, tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "schedule_crowded")).says == says


@pytest.mark.parametrize(
    ("jobs", "failed", "early", "says"),
    [
        (14, 4, True, "confirmed"),
        (14, 4, False, "ruled out"),  # over half an hour, not in the same minutes
        (14, 9, True, "ruled out"),  # most of them: what fails all is no crowd
        (60, 3, True, "ruled out"),  # a few of many: faults of their own
        (8, 3, True, "ruled out"),
    ],
)
async def test_a_crowd_in_the_snapshots_is_some_of_many_within_the_same_minutes(
    jobs: int, failed: int, early: bool, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "GuestAgentSnapshotTaskStatusError"
    told = world(code, crowd={"jobs": jobs, "failed": failed, "code": code, "snapshot": early})
    async with driving(told, tmp_path, monkeypatch) as driver:
        found = await verdict(driver, "schedule_crowded")
        assert found.says == says, found.reason
        assert says == "ruled out" or "in their snapshot" in found.reason


async def test_failures_of_another_kind_make_no_crowd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = world(CROWDED, crowd={"jobs": 20, "failed": 9, "code": "BackUpOperationFailed"})
    async with driving(told, tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "schedule_crowded")).says == "ruled out"


@pytest.mark.parametrize(
    ("region", "says"), [("WestEurope", "ruled out"), ("westeurope", "ruled out"), ("westeurope2", "confirmed")]
)
async def test_regions_are_compared_without_regard_to_case(
    region: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(region=region), tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "wrong_region")).says == says


@pytest.mark.parametrize(
    ("scope", "level", "says"),
    [
        ("subscription", "ReadOnly", "confirmed"),
        ("group:rg-app", "ReadOnly", "confirmed"),
        ("group:rg-app", "CanNotDelete", "ruled out"),
        ("group:rg-backup", "ReadOnly", "ruled out"),
    ],
)
async def test_only_a_read_only_lock_that_reaches_the_machine_is_named(
    scope: str, level: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = world("UserErrorResourceIsInLockedState", lock=[{"scope": scope, "name": "frozen", "level": level}])
    async with driving(told, tmp_path, monkeypatch) as driver:
        found = await verdict(driver, "machine_locked")
        assert found.says == says and driver.box.changes() == []


@pytest.mark.parametrize(
    ("power", "between", "offline"),
    [
        ("starting", "confirmed", "confirmed"),
        ("deallocating", "confirmed", "confirmed"),
        ("running", "ruled out", "ruled out"),
        ("deallocated", "ruled out", "confirmed"),
    ],
)
async def test_a_power_state_is_told_as_it_is(
    power: str, between: str, offline: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(power=power), tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "machine_between_states")).says == between
        assert (await verdict(driver, "machine_offline")).says == offline
        assert CAUSES["machine_offline"].steps == ()


async def test_an_allocation_is_named_by_its_own_code_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world("BackUpOperationFailed"), tmp_path, monkeypatch) as driver:
        assert (await verdict(driver, "allocation_pending")).says == "ruled out"


async def test_an_extension_that_is_being_removed_just_now_is_not_called_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_stuck", tmp_path, monkeypatch) as driver:
        failed = next(job for job in driver.box.model.jobs if job.status == "Failed")
        driver.box.model.jobs.put(replace(failed, end=driver.box.now - timedelta(minutes=2)))
        with pytest.raises(Unknown, match="since when is not known"):
            await verdict(driver, "extension_stuck")


@pytest.mark.parametrize("cause", ["known_bad_build", "snapshot_extension_outdated"])
async def test_a_build_that_is_not_told_is_unknown(cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(os="Linux", agent="Not Ready"), tmp_path, monkeypatch) as driver:
        with pytest.raises(Unknown, match="does not tell"):
            await verdict(driver, cause)


@pytest.mark.parametrize(("words", "code"), COMPUTE)
def test_what_compute_says_leads_to_its_runbook(words: str, code: str) -> None:
    assert CATALOG.inner_code([words]) == code


def test_each_phrase_of_compute_leads_to_a_runbook_that_exists() -> None:
    assert [code for _, code in CATALOG.inner if CATALOG.find(code) is None] == []


@pytest.mark.parametrize("cause", ["backup_stuck", "schedule_crowded", "told_by_azure"])
async def test_jobs_that_may_not_be_read_name_the_missing_right(
    cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = "Microsoft.RecoveryServices/vaults/backupJobs/read"
    async with driving(world(), tmp_path, monkeypatch, role=Role(("*",), (action,))) as driver:
        with pytest.raises(Exception, match="backupJobs/read"):
            await verdict(driver, cause)


@pytest.mark.parametrize("code", ["UserErrorResourceGroupNotFound", "UserErrorGenericResourceNotFound"])
async def test_what_azure_could_not_find_is_not_called_a_passing_error(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(code), tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        assert (case.cause, case.outcome) == ("unknown", "needs a person") and not driver.box.changes()
        assert CATALOG.find(code).guide[:40] in case.ending["instructions"]
