"""The sandbox's answers held to recorded ones."""

from datetime import timedelta
from typing import Any

from sandbox_arm import LOCKED, Arm, World, one_machine
from sandbox_recorded import answers, casing, differences, sample

# Newer api-versions print what the recordings of 2020 and 2021 print as numbers, and give each task its times.
OLD_API = ("properties.actionsInfo", "properties.extendedInfo.tasksList")


async def headers_of_trigger(arm: Arm) -> Any:
    body = {"properties": {"objectType": "IaasVMBackupRequest", "recoveryPointExpiryTimeInUTC": "2026-04-01T00:00:00Z"}}
    return await arm("POST", f"{arm.item}/backup", body)


async def test_a_failed_job_looks_like_the_recorded_one(world: World) -> None:
    arm = await world("machine_deleted")
    [failed] = [job for job in arm.box.model.jobs if job.status == "Failed"]
    body = await arm.get(f"{arm.vault}/backupJobs/{failed.name}")
    [recorded] = answers("B01")
    assert differences(recorded["body"], body, but=OLD_API) == []
    assert body["properties"]["errorDetails"] == recorded["body"]["properties"]["errorDetails"]
    states = [task["status"] for task in body["properties"]["extendedInfo"]["tasksList"]]
    assert states == ["InProgress", "NotStarted"]


async def test_a_job_whose_transfer_failed_looks_like_the_recorded_one(world: World) -> None:
    arm = await world(one_machine(transfer_failures=["UserErrorGenericResourceNotFound"]))
    job = await arm.start_backup()
    await arm.box.advance(timedelta(hours=1))
    body = await arm.get(f"{arm.vault}/backupJobs/{job.name}")
    [recorded] = answers("B04")
    assert differences(recorded["body"], body, but=OLD_API) == []
    assert body["properties"]["status"] == "CompletedWithWarnings"
    assert body["properties"]["errorDetails"] == recorded["body"]["properties"]["errorDetails"]


async def test_running_and_completed_jobs_look_like_the_recorded_ones(world: World) -> None:
    arm = await world(one_machine())
    job = await arm.start_backup()
    await arm.box.advance(timedelta(seconds=3))
    path = f"{arm.vault}/backupJobs/{job.name}"
    assert differences(answers("B09")[0]["body"], await arm.get(path)) == []
    await arm.box.advance(timedelta(hours=1))
    assert differences(answers("B08")[0]["body"], await arm.get(path)) == []


async def test_the_list_of_jobs_looks_like_the_recorded_one_and_has_no_extended_info(world: World) -> None:
    arm = await world(one_machine())
    body = await arm.get(f"{arm.vault}/backupJobs?$filter=operation+eq+%27Backup%27+and+status+eq+%27Completed%27")
    assert body["value"]
    assert differences(answers("B10")[0]["body"], body) == []


async def test_an_on_demand_backup_is_accepted_as_recorded(world: World) -> None:
    arm = await world(one_machine())
    accepted, status, job = answers("C01")
    ours = await headers_of_trigger(arm)
    assert (ours.status, ours.body) == (accepted["status"], "")
    for name in ("azure-asyncoperation", "location"):
        theirs = accepted["headers"][name].removeprefix("https://management.azure.com").split("?")[0]
        own = ours.headers[name].removeprefix(arm.box.url).split("?")[0]
        assert casing(own) == casing(theirs)
        assert all(f"&{key}=" in ours.headers[name] for key in "tcsh")
    operation = ours.headers["Azure-AsyncOperation"].split("/operationsStatus/")[1].split("?")[0]
    body = await arm.get(f"{arm.vault}/backupOperations/{operation}")
    assert differences(status["body"], body) == []
    name = body["properties"]["jobId"]
    assert differences(job["body"], await arm.get(f"{arm.vault}/backupJobs/{name}")) == []


async def test_cancelling_a_job_is_accepted_as_recorded_and_its_result_is_204(world: World) -> None:
    arm = await world(one_machine())
    job = await arm.start_backup()
    ours = await arm("POST", f"{arm.vault}/backupJobs/{job.name}/cancel")
    [recorded] = answers("C02")
    assert ours.status == recorded["status"]
    for name in ("azure-asyncoperation", "location"):
        theirs = recorded["headers"][name].removeprefix("https://management.azure.com").split("?")[0]
        assert casing(ours.headers[name].removeprefix(arm.box.url).split("?")[0]) == casing(theirs)
    assert (await arm("GET", ours.headers["Location"])).status == 202
    await arm.box.advance(timedelta(minutes=1))
    assert (await arm("GET", ours.headers["Location"])).status == 204
    assert (await arm.get(f"{arm.vault}/backupJobs/{job.name}"))["properties"]["status"] == "Cancelled"


async def test_recovery_points_look_like_the_recorded_ones(world: World) -> None:
    arm = await world(one_machine())
    listed, single = answers("C03")
    ours = await arm.get(f"{arm.item}/recoveryPoints")
    assert differences(listed["body"], ours) == []
    assert differences(single["body"], await arm.get(ours["value"][0]["id"])) == []


async def test_protected_items_look_like_the_recorded_ones(world: World) -> None:
    waiting = await world(one_machine(protection_state="IRPending", recovery_points=0))
    path = f"{waiting.vault}/backupProtectedItems?$filter=backupManagementType+eq+%27AzureIaasVM%27"
    assert differences(answers("C09")[0]["body"], await waiting.get(path)) == []
    healthy = await world(one_machine())
    assert differences(answers("C10")[0]["body"], await healthy.get(path)) == []


async def test_an_item_whose_backup_failed_shows_it_as_recorded(world: World) -> None:
    arm = await world("agent_dead")
    body = await arm.get(arm.item)
    newer = ("vaultId", "sourceSideScanning", "isArchiveEnabled", "softDeleteRetentionPeriod", "extendedProperties")
    recorded = sample("C13-protected-item-health-400288")
    assert differences(recorded, body, but=tuple(f"properties.{name}" for name in newer)) == []


async def test_the_backup_status_of_a_machine_looks_like_the_recorded_one(world: World) -> None:
    arm = await world(one_machine())
    path = f"{arm.sub}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus"
    unprotected, protected, _ = answers("C12")
    ours = await arm("POST", path, {"resourceType": "VM", "resourceId": arm.machine})
    assert differences(protected["body"], ours.body) == []
    other = arm.machine.replace("web-01", "nobody")
    ours = await arm("POST", path, {"resourceType": "VM", "resourceId": other})
    assert differences(unprotected["body"], ours.body) == []
    assert ours.body["containerName"].startswith("iaasvmcontainer;iaasvmcontainerv2;")


async def test_a_restore_point_collection_looks_like_the_recorded_one(world: World) -> None:
    arm = await world(one_machine(os="Linux"))
    body = await arm.get(f"{arm.collection}?$expand=restorePoints")
    linux = "properties.restorePoints[].properties.sourceMetadata.osProfile.linuxConfiguration"
    assert differences(answers("C20")[0]["body"], body, but=(linux,)) == []
    listed = await arm.get(arm.collection.rsplit("/", 1)[0])
    assert differences(answers("C22")[0]["body"], listed, but=("value[].tags",)) == []  # nobody tagged ours


async def test_deleting_a_restore_point_runs_as_recorded(world: World) -> None:
    arm = await world(one_machine(restore_points=3))
    accepted, running, done = answers("C21")
    point = arm.box.model.restore_points.under(arm.collection)[0]
    ours = await arm("DELETE", point.id)
    assert ours.status == accepted["status"]
    location = "/providers/Microsoft.Compute/locations/westeurope/operations/"
    assert location in ours.headers["Azure-AsyncOperation"] and "monitor=true" in ours.headers["Location"]
    assert differences(running["body"], await arm.get(ours.headers["Azure-AsyncOperation"])) == []
    await arm.box.advance(timedelta(seconds=6))
    assert differences(done["body"], await arm.get(ours.headers["Azure-AsyncOperation"])) == []
    assert (await arm("GET", point.id)).status == 404


async def test_reapplying_a_machine_is_accepted_as_recorded(world: World) -> None:
    arm = await world(one_machine())
    accepted, running, done = answers("C23")
    ours = await arm("POST", f"{arm.machine}/reapply")
    assert ours.status == accepted["status"]
    assert differences(running["body"], await arm.get(ours.headers["Azure-AsyncOperation"])) == []
    await arm.box.advance(timedelta(seconds=7))
    assert differences(done["body"], await arm.get(ours.headers["Azure-AsyncOperation"])) == []


async def test_a_machine_with_a_ready_agent_looks_like_the_recorded_one(world: World) -> None:
    arm = await world(one_machine(os="Linux"))
    body = await arm.get(f"{arm.machine}?$expand=instanceView")
    assert differences(answers("C25")[0]["body"], body) == []


async def test_a_machine_whose_agent_is_silent_looks_like_the_recorded_one(world: World) -> None:
    arm = await world("agent_dead")
    body = await arm.get(f"{arm.machine}?$expand=instanceView")
    installed = ("resources",)  # the recorded machine had no extension yet, ours has Azure Backup's
    assert differences(answers("C26")[0]["body"], body, but=installed) == []
    [status] = body["properties"]["instanceView"]["vmAgent"]["statuses"]
    assert (status["code"], status["displayStatus"]) == ("ProvisioningState/Unavailable", "Not Ready")


async def test_deleting_an_extension_runs_as_recorded(world: World) -> None:
    arm = await world(one_machine())
    shown, accepted, running, done, _ = answers("C27")[:5]
    path = f"{arm.machine}/extensions/VMSnapshot"
    assert differences(shown["body"], await arm.get(path)) == []
    ours = await arm("DELETE", path)
    assert ours.status == accepted["status"]
    assert differences(running["body"], await arm.get(ours.headers["Azure-AsyncOperation"])) == []
    await arm.box.advance(timedelta(seconds=11))
    assert differences(done["body"], await arm.get(ours.headers["Azure-AsyncOperation"])) == []
    assert (await arm("GET", path)).status == 404


async def test_a_compute_operation_that_fails_looks_like_the_recorded_one(world: World) -> None:
    arm = await world(one_machine(agent="Not Ready"))
    ours = await arm("POST", f"{arm.machine}/runCommand", {"commandId": "RunShellScript", "script": ["true"]})
    await arm.box.advance(timedelta(minutes=1))
    assert differences(answers("C29")[0]["body"], await arm.get(ours.headers["Azure-AsyncOperation"])) == []


async def test_locks_at_every_scope_look_like_the_recorded_ones(world: World) -> None:
    arm = await world(one_machine())
    scopes = {"C30": arm.machine, "C31": f"{arm.sub}/resourceGroups/rg-app", "C32": arm.sub}
    for prefix, scope in scopes.items():
        put, *_, gone = answers(prefix)
        path = f"{scope}/providers/Microsoft.Authorization/locks/for-a-test"
        ours = await arm("PUT", path, {"properties": {"level": "CanNotDelete"}}, version="2016-09-01")
        spelled = ("id",)  # C30 was asked for under `resourcegroups` and answered so; ours as it was asked
        assert (ours.status, differences(put["body"], ours.body, but=spelled)) == (put["status"], [])
        assert ours.body["id"] == path
        listed = await arm.get(f"{arm.sub}/providers/Microsoft.Authorization/locks", version="2016-09-01")
        assert differences(answers(prefix)[1]["body"], listed, but=("value[].id",)) == []
        ours = await arm("DELETE", path, version="2016-09-01")
        assert (ours.status, ours.body) == (gone["status"], "")


async def test_a_deletion_under_a_lock_is_refused_in_the_recorded_words(world: World) -> None:
    arm = await world(one_machine(_world=LOCKED))
    point = arm.box.model.restore_points.under(arm.collection)[0]
    ours = await arm("DELETE", point.id)
    text = sample("C33")["error"]["message"]
    scope = f"{arm.sub}/resourceGroups/AzureBackupRG_westeurope_1"
    expected = text.replace("<resource id being deleted>", point.id).replace("<lock scope id>[,<...>]", scope)
    assert (ours.status, ours.body["error"]) == (409, {"code": "ScopeLocked", "message": expected})


async def test_a_throttled_read_is_refused_in_the_recorded_words(world: World) -> None:
    arm = await world(one_machine(_world={"requests_per_hour": 2}))
    path = f"{arm.vault}/backupJobs"
    assert [(await arm("GET", path)).status for _ in range(2)] == [200, 200]
    ours = await arm("GET", path)
    recorded = answers("D01")[0]["body"]["error"]
    expected = recorded["message"].replace("'150'", "'2'").replace("'324'", "'3600'")
    assert (ours.status, ours.body["error"]) == (429, {"code": recorded["code"], "message": expected})
    assert ours.headers["Retry-After"] == "3600"


async def test_resource_graph_answers_and_refuses_as_recorded(world: World) -> None:
    arm = await world(one_machine())
    good, bad = answers("D10")
    path = "/providers/Microsoft.ResourceGraph/resources"
    ours = await arm("POST", path, {"query": "project id, tags, properties | limit 2"}, version="2021-03-01")
    assert differences(good["body"], ours.body, but=("data",)) == []
    assert [sorted(row) for row in ours.body["data"]] == [["id", "properties", "tags"]] * 2
    for header in ("x-ms-user-quota-remaining", "x-ms-user-quota-resets-after"):
        assert kind_of(ours.headers[header]) == kind_of(good["headers"][header])
    ours = await arm("POST", path, {"query": "project id, location | where where"}, version="2021-03-01")
    assert ours.status == bad["status"]
    assert differences(bad["body"], ours.body) == []


def kind_of(value: str) -> str:
    return "number" if value.isdigit() else "text"
