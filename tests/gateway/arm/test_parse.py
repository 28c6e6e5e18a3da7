"""Azure's recorded JSON as facts."""

from datetime import UTC, datetime

import pytest

from gateway.arm import parse, parse_machine
from tests.gateway.arm.recorded import recorded

UNIQUE = "iaasvmcontainerv2;clitest.rg000001;clitest-vm000003"


@pytest.mark.parametrize(("sign", "state", "status"), [("C09", "IRPending", ""), ("C10", "Protected", "Completed")])
def test_a_protected_item_is_read_though_the_sdk_does_not_type_it(sign: str, state: str, status: str) -> None:
    raw = recorded(sign)["value"][0]
    item = parse.protected_item(raw)
    assert (item.protection_state, item.last_backup_status) == (state, status)
    assert item.machine_id == raw["properties"]["virtualMachineId"] and item.policy_id == raw["properties"]["policyId"]
    assert item.data_id == str(raw["properties"]["protectedItemDataId"]) and item.container_name == UNIQUE
    assert not item.soft_deleted and (item.last_recovery_point is None) == (sign == "C09")


@pytest.mark.parametrize(
    ("sign", "status", "code", "failed", "running"),
    [
        ("B01", "Failed", "UserErrorVmNotFoundV2", True, False),
        ("B04", "CompletedWithWarnings", "UserErrorGenericResourceNotFound", True, False),
        ("B06", "Failed", "1073871825", True, False),
        ("B08", "Completed", "", False, False),
        ("B09", "InProgress", "", False, True),
    ],
)
def test_a_job_tells_its_code_by_title_else_by_number(
    sign: str, status: str, code: str, failed: bool, running: bool
) -> None:
    job = parse.job(recorded(sign))
    assert (job.status, job.code, job.failed, job.running) == (status, code, failed, running)
    assert job.start is not None and job.start.utcoffset() is not None
    assert (job.end is None) == running


def test_a_transfer_that_failed_after_its_snapshot_is_told_apart_by_its_tasks() -> None:
    assert parse.job(recorded("B04")).tasks["Take Snapshot"] == "Completed"
    assert parse.job(recorded("B08")).tasks == {"Take Snapshot": "Completed", "Transfer data to vault": "Completed"}


@pytest.mark.parametrize("at", range(4))
def test_the_jobs_of_a_list_are_read_without_their_details(at: int) -> None:
    jobs = [parse.job(raw) for raw in recorded("B10", at)["value"]]
    assert jobs and all(job.operation and job.container_name == job.container_name.casefold() for job in jobs)


def test_a_ready_agent_and_its_extensions_are_read() -> None:
    machine = parse_machine.machine(recorded("C25"))
    assert (machine.agent_ready, machine.provisioning_state, machine.power) == (True, "Succeeded", "running")
    assert machine.vm_id == recorded("C25")["properties"]["vmId"] and machine.os == "Linux"
    (extension,) = machine.extensions
    raw = recorded("C25")["resources"][0]["properties"]
    assert (extension.publisher, extension.type, extension.state) == (raw["publisher"], raw["type"], "Succeeded")
    assert not extension.is_backup and not extension.failed
    assert (machine.size, machine.os_name, machine.os_version) == ("Standard_DS1_v2", "ubuntu", "18.04")
    assert machine.provisioned == datetime(2023, 12, 19, 7, 50, 19, 468328, tzinfo=UTC)
    [disk] = machine.disks
    assert (disk.lun, disk.size_gb, disk.ephemeral) == (None, 30, False) and disk.id.endswith(disk.name)
    assert machine.nics == tuple(n["id"] for n in recorded("C25")["properties"]["networkProfile"]["networkInterfaces"])


def test_an_agent_that_does_not_answer_is_not_ready_with_its_message() -> None:
    machine = parse_machine.machine(recorded("C26"))
    assert machine.agent_ready is False and "not yet populated" in machine.agent_message
    assert machine.extensions == ()


def test_an_instance_view_that_says_nothing_of_the_agent_leaves_it_unknown() -> None:
    raw = recorded("C25")
    for view in (None, {}, {"vmAgent": None}, {"vmAgent": {"statuses": None}}, {"vmAgent": {"statuses": []}}):
        raw["properties"]["instanceView"] = view
        assert parse_machine.machine(raw).agent_ready is None and parse_machine.machine(raw).power == ""


def test_recovery_points_tell_time_tiers_and_consistency() -> None:
    raw = recorded("C03")["value"]
    points = [parse.recovery_point(one) for one in raw]
    assert points and all(points)
    for point in points:
        assert point is not None and point.time.utcoffset() is not None and not point.file_recovery_active
        assert point.vaulted == (point.tiers.get("HardenedRP") == "Valid")
    raw[0]["properties"]["recoveryPointTierDetails"] = [{"type": 1, "status": 1}, {"type": 2, "status": 1}]
    old = parse.recovery_point(raw[0])
    assert old is not None and old.tiers == {"InstantRP": "Valid", "HardenedRP": "Valid"}
    raw[0]["properties"]["recoveryPointTierDetails"] = [{"type": 2, "status": 3}, {"type": 9, "status": 9}]
    gone = parse.recovery_point(raw[0])
    assert gone is not None and not gone.vaulted
    raw[0]["properties"]["recoveryPointTime"] = None
    assert parse.recovery_point(raw[0]) is None


def test_a_collection_tells_its_source_and_when_and_of_which_machine_its_points_are() -> None:
    raw = recorded("C20")
    found = parse.collection(raw)
    assert found.source_id == raw["properties"]["source"]["id"] and found.points is not None
    for point, told in zip(found.points, raw["properties"]["restorePoints"], strict=True):
        assert point.created is not None and point.created.utcoffset() is not None
        assert (point.vm_id, point.state) == (told["properties"]["sourceMetadata"]["vmId"], "Succeeded")
    del raw["properties"]["restorePoints"]
    assert parse.collection(raw).points is None


def test_a_point_that_leaves_things_out_leaves_them_unknown() -> None:
    bare = parse.restore_point({"id": "/p", "name": "p"})
    assert (bare.created, bare.vm_id, bare.state) == (None, "", "")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-13T11:56:13.9392346Z", datetime(2026, 3, 13, 11, 56, 13, 939234, tzinfo=UTC)),
        ("2026-03-13T11:56:13", datetime(2026, 3, 13, 11, 56, 13, tzinfo=UTC)),
        ("2026-03-13T13:56:13+02:00", datetime(2026, 3, 13, 11, 56, 13, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("2001-01-01T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_times_are_in_utc_and_azures_sentinels_are_no_times(text: str | None, found: datetime | None) -> None:
    assert parse.time(text) == found


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("13.23:57:12", 1_209_432.0),
        ("00:00:05.1234567", 5.0),
        ("", None),
        (None, None),
        ("P14D", None),
        ("14 days", None),
    ],
)
def test_how_long_a_deleted_item_is_kept_is_read_or_unknown(told: str | None, seconds: float | None) -> None:
    assert parse.span_s(told) == seconds
