"""Alerts become failures, are ignored with a reason, or are refused with the name of a field; nothing else happens."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.case import Failure
from engine.cases import Cases
from engine.claims import open_case
from engine.intake import BadAlert, Ignored, read_alert, read_alerts
from functions import messages
from gateway.arm.ids import ItemId
from gateway.store.opening import open_rows
from tests.engine.driver import Runs

SAMPLES = Path(__file__).parents[1] / "samples"
Json = Any


def sample(name: str) -> Json:
    (path,) = SAMPLES.glob(f"{name}-*.json")
    return json.loads(path.read_text("utf-8"))


NAMES = ["A1", "A1b", "A2", "A3", "A3b", "A4", "A6"]
A1B_ITEM = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-Rsv/providers/Microsoft.RecoveryServices/"
    "vaults/rsv-01/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg-app;vm-app-01/"
    "protectedItems/VM;iaasvmcontainerv2;rg-app;vm-app-01"
)
JOB = "88df0be3-7c77-46c9-bfc2-fb92e3b1918a"
VAULT = A1B_ITEM.partition("/backupFabrics")[0]


def failure(alert: Json) -> Failure:
    told = read_alert(alert)
    assert isinstance(told, Failure), told
    return told


def reason(alert: Json) -> str:
    told = read_alert(alert)
    assert isinstance(told, Ignored), told
    return told.reason


def set_at(alert: Json, path: str, value: Json) -> Json:
    """A copy of the alert with one value replaced; `path` with dots."""
    made = copy.deepcopy(alert)
    inner = made
    *way, last = path.split(".")
    for name in way:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    inner[last] = value
    return made


def log_alert(**dimensions: str) -> Json:
    """A2 as our own rule splits it."""
    told = {
        "JobUniqueId": JOB,
        "BackupItemUniqueId": "westeurope;123456;vm;iaasvmcontainerv2;rg-app;vm-app-01",
        "JobFailureCode": "UserErrorGuestAgentStatusUnavailable",
        "_ResourceId": VAULT.lower(),
        **dimensions,
    }
    listed = [{"name": name, "value": value} for name, value in told.items()]
    return set_at(sample("A2"), "data.alertContext.condition.allOf.0.dimensions", listed)


def activity_alert(**context: Json) -> Json:
    made = copy.deepcopy(sample("A4"))
    made["data"]["alertContext"] |= {
        "operationName": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action",
        "status": "Failed",
        "properties": {"Protected Item": A1B_ITEM, "Job Id": JOB},
        **context,
    }
    return made


# --- what each sample means


def test_a_database_backup_is_not_covered() -> None:
    assert reason(sample("A1")) == "workload not covered"


def test_the_built_in_alert_of_a_machine_names_item_and_job() -> None:
    told = failure(sample("A1b"))
    assert (told.item_id, told.job, told.trigger) == (A1B_ITEM, JOB, "alert")
    assert told.fired_at == "2026-03-13T11:56:13.939234+00:00"
    assert told.machine_id.endswith("/virtualMachines/vm-app-01") and not told.dry_run


def test_the_code_in_the_link_is_taken_where_there_is_no_job() -> None:
    alert = set_at(sample("A1b"), "data.alertContext.extendedInfo.jobId", None)
    alert = set_at(alert, "data.alertContext.extendedInfo.recommendedActions", "see https://aka.ms/AB-UserErrorX.")
    assert (failure(alert).job, failure(alert).code) == ("", "UserErrorX")


def test_a_log_alert_without_the_dimensions_is_refused_with_what_to_split_by() -> None:
    with pytest.raises(BadAlert, match="_ResourceId") as refused:
        read_alert(sample("A2"))
    assert refused.value.field == "data.alertContext.condition.allOf[].dimensions"


def test_the_dimensions_of_a_log_alert_name_the_item() -> None:
    told = failure(log_alert())
    assert (told.item_id.casefold(), told.job) == (A1B_ITEM.casefold(), JOB)
    assert told.code == "UserErrorGuestAgentStatusUnavailable"


def test_the_health_metric_names_the_item_and_no_job() -> None:
    told = failure(sample("A3b"))
    assert (told.item_id.casefold(), told.job, told.code) == (A1B_ITEM.casefold(), "", "")


def test_the_activity_log_names_item_and_job() -> None:
    assert (failure(activity_alert()).item_id, failure(activity_alert()).job) == (A1B_ITEM, JOB)


@pytest.mark.parametrize("name", ["A3", "A4", "A6"])
def test_what_is_no_backup_alert_is_ignored(name: str) -> None:
    assert reason(sample(name)).startswith("not a backup")


@pytest.mark.parametrize("name", NAMES)
def test_a_resolved_alert_is_ignored_in_every_shape(name: str) -> None:
    for word in ("Resolved", "resolved"):
        alert = set_at(sample(name), "data.essentials.monitorCondition", word)
        alert["data"]["essentials"]["resolvedDateTime"] = "2026-03-13T12:56:13Z"  # as A5 bears it
        assert reason(alert).startswith("resolved")


@pytest.mark.parametrize("rule", ["Restore Failure", "restore failure"])
def test_restore_failures_are_never_acted_on(rule: str) -> None:
    assert "restore" in reason(set_at(sample("A1b"), "data.essentials.alertRule", rule))
    metric = set_at(sample("A3b"), "data.alertContext.condition.allOf.0.metricName", "RestoreHealthEvent")
    assert "restore" in reason(metric)
    assert reason(log_alert(JobOperation="Restore"))
    assert "restore" in reason(activity_alert(operationName="Microsoft.RecoveryServices/vaults/x/restore/action"))


@pytest.mark.parametrize(
    "rule", ["Delete Backup Data", "Upcoming Purge", "Purge Complete", "Soft Delete disabled for vault", "MUA disabled"]
)
def test_security_alerts_are_never_acted_on(rule: str) -> None:
    alert = set_at(sample("A1b"), "data.essentials.alertRule", rule)
    assert reason(alert)
    assert reason(set_at(alert, "data.alertContext.category", "Security"))
    assert reason(set_at(sample("A1b"), "data.alertContext.category", "Security"))


def test_a_healthy_metric_and_a_succeeded_operation_are_ignored() -> None:
    metric = sample("A3b")
    for dimension in metric["data"]["alertContext"]["condition"]["allOf"][0]["dimensions"]:
        if dimension["name"] == "healthStatus":
            dimension["value"] = "Healthy"
    assert reason(metric) and reason(activity_alert(status="Succeeded"))


# --- what is not an alert


@pytest.mark.parametrize(
    "body", [b"", b"{", b"nul", b"\xff\xfe", b"[]", b"5", b'"x"', b"null", b"true", b"[[]]", b"{}", b'[{"data": []}]']
)
def test_what_is_no_alert_is_refused_with_the_name_of_a_field(body: bytes) -> None:
    with pytest.raises(BadAlert) as refused:
        read_alerts(body)
    assert refused.value.field and str(refused.value)


@pytest.mark.parametrize("depth", [50, 500, 900, 2_000, 5_000, 9_000, 20_000, 100_000])
@pytest.mark.parametrize("field", ["monitoringService", "alertRule", "alertId", "firedDateTime", "severity"])
def test_deep_nesting_is_refused_or_ignored_and_nothing_worse(depth: int, field: str) -> None:
    text = json.dumps(set_at(sample("A1b"), f"data.essentials.{field}", "@"))
    holds(text.replace('"@"', "[" * depth + "]" * depth).encode())
    holds(text.replace('"@"', '{"a":' * depth + "1" + "}" * depth).encode())
    metric = json.dumps(set_at(sample("A3b"), "data.alertContext.condition.allOf.0.metricName", "@"))
    holds(metric.replace('"@"', "[" * depth + "]" * depth).encode())


def test_of_several_alerts_in_one_body_none_is_lost_and_a_bad_one_refuses_all() -> None:
    body = json.dumps([sample("A1b"), sample("A1"), sample("A3b")]).encode()
    assert [type(told).__name__ for told in read_alerts(body)] == ["Failure", "Ignored", "Failure"]
    with pytest.raises(BadAlert):
        read_alerts(json.dumps([sample("A1b"), {"data": 5}]).encode())


# --- whatever an alert holds


def holds(body: bytes) -> None:
    """The one promise about any body: failures that can be queued and opened, reasons, or a named field."""
    try:
        told = read_alerts(body)
    except BadAlert as e:
        assert e.field and str(e)
        return
    for one in told:
        if isinstance(one, Ignored):
            assert one.reason
            continue
        assert one.item_id or one.machine_id
        if one.item_id:
            ItemId.parse(one.item_id)
        assert len(one.case_id) == 32 and Failure.from_json(one.to_json()) == one
        if len(json.dumps(one.to_json())) < 8_000:
            assert Failure.from_json(json.loads(messages.of_failure(one))["failure"]).case_id == one.case_id


def places(value: Json, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield from places(part, (*way, name))


ALERTS = [*(sample(name) for name in NAMES), log_alert(), activity_alert()]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=[]), max_size=30)
    | st.sampled_from(
        [
            "",
            " ",
            "Azure Backup",
            "Platform",
            "Log Alerts V2",
            "Activity Log - Administrative",
            "\ud800",
            "VM;x",
            A1B_ITEM,
            A1B_ITEM.replace("/backupFabrics/Azure", ""),
            "/vaults/v/protectedItems/VM;iaasvmcontainerv2;g;m",
            A1B_ITEM + "/",
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59-14:00",
            "0001-01-02T00:00:00+14:00",
        ]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_an_alert_with_anything_anywhere_is_read_or_refused_by_name(data: st.DataObject) -> None:
    alert = copy.deepcopy(data.draw(st.sampled_from(ALERTS)))
    for _ in range(data.draw(st.integers(1, 3))):
        spots = [place for place in places(alert) if place]
        if not spots:
            break
        *way, last = data.draw(st.sampled_from(spots))
        inner = alert
        for name in way:
            inner = inner[name]
        if isinstance(inner, dict) and data.draw(st.booleans()) and data.draw(st.booleans()):
            del inner[last]
        else:
            inner[last] = data.draw(ANYTHING)
    holds(json.dumps(alert).encode())


@pytest.mark.parametrize("at", range(len(ALERTS)))
@pytest.mark.parametrize("value", [None, 0, True, "", "\ud800", [], {}, [None], ["x"], {"name": 1}], ids=repr)
def test_every_single_field_may_hold_every_wrong_type(at: int, value: Json) -> None:
    for way in places(ALERTS[at]):
        if way:
            alert = copy.deepcopy(ALERTS[at])
            inner = alert
            for name in way[:-1]:
                inner = inner[name]
            inner[way[-1]] = value
            holds(json.dumps(alert).encode())


@settings(max_examples=200)
@given(st.binary(max_size=300))
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 100_000)
@example(b'{"data":' * 50_000)
def test_any_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    holds(body)


@pytest.mark.parametrize(
    "item",
    [
        "/vaults/v/protectedItems/VM;iaasvmcontainerv2;g;m",
        A1B_ITEM.replace("/backupFabrics/Azure", ""),
        A1B_ITEM.replace("/subscriptions/", "/subs/"),
    ],
)
def test_an_item_that_azure_could_not_be_asked_about_is_refused_at_the_door(item: str) -> None:
    """Else the answer says `queued`, and the queue gives up on it later."""
    with pytest.raises(BadAlert):
        read_alert(set_at(sample("A1b"), "data.alertContext.protectedItemId", item))


# --- one failure, however it is told


def test_duplicates_and_every_shape_that_names_the_job_are_one_failure() -> None:
    one = failure(sample("A1b"))
    later = set_at(sample("A1b"), "data.essentials.firedDateTime", "2026-03-13T12:00:00Z")
    shouted = set_at(sample("A1b"), "data.alertContext.protectedItemId", A1B_ITEM.upper())
    ids = {failure(alert).case_id for alert in (sample("A1b"), later, shouted, log_alert(), activity_alert())}
    assert ids == {one.case_id}
    assert failure(log_alert(JobUniqueId=JOB.upper())).case_id == one.case_id


def test_without_a_job_the_same_delivery_is_one_failure_and_a_later_one_is_another() -> None:
    later = set_at(sample("A3b"), "data.essentials.firedDateTime", "2025-04-16T18:17:12Z")
    assert failure(sample("A3b")).case_id == failure(sample("A3b")).case_id != failure(later).case_id


@given(st.sampled_from(["vm-app-011", "vm-app-0", "vm-app-01-", "Vm-äpp-01"]), st.sampled_from(["rg-app", "rg-app2"]))
def test_other_items_and_other_jobs_are_other_failures(machine: str, group: str) -> None:
    other = set_at(
        sample("A1b"), "data.alertContext.protectedItemId", A1B_ITEM.replace("rg-app;vm-app-01", f"{group};{machine}")
    )
    another_job = set_at(sample("A1b"), "data.alertContext.extendedInfo.jobId", "x")
    assert len({failure(a).case_id for a in (sample("A1b"), other, another_job)}) == 3
    assert len({failure(a).item_key for a in (sample("A1b"), other, another_job)}) == 2


@pytest.mark.parametrize("group", ["Straße-7", "grüppe", "数据", "rg(1)", "rg.x-_y"])
def test_names_that_are_not_ascii_survive_as_they_were_written(group: str) -> None:
    """ARM compares ids without regard to case, not without regard to spelling: ß is not ss."""
    told = failure(log_alert(BackupItemUniqueId=f"westeurope;1;vm;iaasvmcontainerv2;{group};vm-app-01"))
    assert told.item_id.endswith(f"/protectedItems/VM;iaasvmcontainerv2;{group};vm-app-01")
    built_in = A1B_ITEM.replace("rg-app;", f"{group};")
    alert = set_at(sample("A1b"), "data.alertContext.protectedItemId", built_in)
    assert failure(alert).item_id == built_in and failure(alert).case_id == told.case_id


async def test_names_of_any_length_become_rows_and_a_repeat_too(tmp_path: Path) -> None:
    """A fuzzer's find: a rule's name of 5,000 characters went into the key of a row, which holds 512."""
    tellings = [failure(set_at(sample("A3b"), "data.essentials.alertRule", letter * 5000)) for letter in "xy"]
    rows = open_rows(f"sqlite://{tmp_path}/store.db")
    try:
        cases, at = Cases(rows), datetime.fromisoformat(tellings[0].fired_at)
        items = [replace(told, item_id=A1B_ITEM, code="c" * 200, job="j" * 200) for told in tellings]
        for told in items:
            await open_case(cases, Runs(), told, at)
        assert [row["kind"] for row in await cases.recorded(at)] == ["repeat"]
    finally:
        await rows.close()
