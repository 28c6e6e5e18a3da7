"""The four shapes of alerts, held to the samples."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox_arm import World, one_machine, webhook
from sandbox_recorded import differences, sample

from sandbox.world_files import names

FREE = {  # what a rule's author chooses, or what a sample shows for another kind of resource
    "A1b": ("data.essentials.investigationLink",),
    "A2": ("data.alertContext.properties",),
    "A3b": ("data.alertContext.properties", "data.customProperties"),
    "A4": ("data.alertContext.properties", "data.alertContext.authorization.scope"),
}


async def alerts_of(world: World, declared: Any, span: timedelta = timedelta(minutes=10)) -> list[Any]:
    arm = await world(declared)
    async with webhook() as (url, got):
        await arm("POST", "/_sandbox/webhook", {"url": url})
        await arm.box.advance(span)
    return got


@pytest.mark.parametrize("shape", sorted(FREE))
async def test_an_alert_has_the_shape_of_its_sample(world: World, shape: str) -> None:
    failure = {"code": "UserErrorGuestAgentStatusUnavailable", "alert": shape}
    [alert] = await alerts_of(world, one_machine(failure=failure))
    ids = ("data.essentials.alertId", "data.essentials.alertTargetIDs[]")
    found = differences(sample(shape), alert, but=(*FREE[shape], *ids))
    names_of = "data.alertContext.condition.allOf[].dimensions"
    assert [one for one in found if not one.startswith(names_of)] == []


async def test_a_log_search_alert_names_job_item_code_and_vault_in_its_dimensions(world: World) -> None:
    [alert] = await alerts_of(world, "transient_failure")
    [criterion] = alert["data"]["alertContext"]["condition"]["allOf"]
    values = {one["name"]: one["value"] for one in criterion["dimensions"]}
    assert set(values) == {"JobUniqueId", "BackupItemUniqueId", "JobFailureCode", "VaultUniqueId", "_ResourceId"}
    assert values["JobFailureCode"] == "BackUpOperationFailed"
    assert values["BackupItemUniqueId"].endswith("iaasvmcontainerv2;rg-app;web-01")


async def test_a_metric_alert_carries_neither_job_nor_code(world: World) -> None:
    [alert] = await alerts_of(world, "agent_dead")
    assert "jobId" not in str(alert) and "UserError" not in str(alert)


@pytest.mark.parametrize("name", ["machine_deleted", "backup_running"])
async def test_azure_raises_no_alert_for_a_deleted_machine_or_a_running_backup(world: World, name: str) -> None:
    assert await alerts_of(world, name, timedelta(days=2)) == []


async def test_the_storm_sends_two_hundred_alerts_in_every_shape(world: World) -> None:
    got = await alerts_of(world, "alert_storm")
    assert len(got) == 200
    services = {alert["data"]["essentials"]["monitoringService"] for alert in got}
    assert services == {"Azure Backup", "Log Alerts V2", "Platform", "Activity Log - Administrative"}
    resolved = [a for a in got if a["data"]["essentials"]["monitorCondition"] == "Resolved"]
    assert len(resolved) == 20


@pytest.mark.parametrize("name", names())
async def test_every_world_announces_its_failures_as_it_says(world: World, name: str) -> None:
    arm = await world(name)
    for case in arm.box.model.world.cases:
        newest = max((j for j in arm.box.model.jobs.under(case.item) if j.end), key=lambda j: j.start)
        assert newest.problem is not None and newest.problem.title == case.code
        assert case.cause and case.outcome
    announced = [e for e in arm.box.model.events if e.kind == "alert.fire"]
    assert bool(announced) == any(case.trigger == "alert" for case in arm.box.model.world.cases)
