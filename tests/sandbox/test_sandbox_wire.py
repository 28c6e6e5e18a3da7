"""Paths, versions, tokens, signatures, roles, quotas: what ARM refuses before a provider answers."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from azure.core.exceptions import HttpResponseError
from azure.identity.aio import ManagedIdentityCredential
from azure.mgmt.recoveryservicesbackup.models import BackupRequestResource, IaasVMBackupRequest
from pytest import MonkeyPatch, raises
from sandbox_arm import World, one_machine

from sandbox.arm.rbac import Role, read_role


async def test_paths_match_whatever_their_case_doubled_slashes_and_encoded_semicolons(world: World) -> None:
    arm = await world(one_machine())
    plain = await arm.get(arm.item)
    for path in (arm.item.upper(), arm.item.replace("/", "//"), arm.item.replace(";", "%3B"), arm.item + "/"):
        assert await arm.get(path) == plain
    two_parts = arm.item.replace("iaasvmcontainerv2;", "")
    assert await arm.get(two_parts) == plain


async def test_an_unknown_path_is_refused_and_logged(world: World) -> None:
    arm = await world(one_machine())
    answer = await arm("GET", f"{arm.vault}/unheardOf")
    assert (answer.status, answer.body["error"]["code"]) == (404, "NotFound")
    line = arm.box.requests()[-1]
    assert (line["method"], line["path"], line["status"]) == ("GET", f"{arm.vault}/unheardOf", 404)


async def test_an_api_version_must_be_given_and_not_too_old_but_may_be_newer_than_known(world: World) -> None:
    arm = await world(one_machine())
    missing = await arm("GET", arm.item, version=None)
    assert (missing.status, missing.body["error"]["code"]) == (400, "MissingApiVersionParameter")
    assert (await arm("GET", arm.item, version="2016-12-01")).status == 400
    assert (await arm("GET", arm.item, version="2031-01-01-preview")).status == 200


async def test_a_missing_or_foreign_token_is_refused(world: World) -> None:
    arm = await world(one_machine())
    for value in ("", "Bearer x.y.z", f"Basic {arm.box.token}"):
        answer = await arm("GET", arm.item, headers={"Authorization": value})
        assert answer.status == 401
        assert "WWW-Authenticate" in answer.headers


async def test_the_managed_identity_credential_of_the_sdk_gets_a_token(world: World, monkeypatch: MonkeyPatch) -> None:
    arm = await world(one_machine())
    monkeypatch.setenv("IDENTITY_ENDPOINT", arm.box.identity_endpoint)
    monkeypatch.setenv("IDENTITY_HEADER", arm.box.identity_header)
    async with ManagedIdentityCredential() as credential:
        token = await credential.get_token("https://management.azure.com/.default")
    answer = await arm("GET", arm.item, headers={"Authorization": f"Bearer {token.token}"})
    assert answer.status == 200
    async with arm.http.get(arm.box.identity_endpoint, headers={"X-IDENTITY-HEADER": "wrong"}) as refused:
        assert refused.status == 401


async def test_absolute_urls_follow_the_host_and_scheme_that_were_forwarded(world: World) -> None:
    arm = await world(one_machine())
    headers = {"X-Forwarded-Host": "management.example", "X-Forwarded-Proto": "https"}
    answer = await arm("POST", f"{arm.machine}/reapply", headers=headers)
    assert answer.headers["Location"].startswith("https://management.example/subscriptions/")


async def test_every_answer_has_a_request_id_and_echoes_the_correlation_id(world: World) -> None:
    arm = await world(one_machine())
    answer = await arm("GET", arm.item, headers={"x-ms-correlation-request-id": "case-17"})
    assert answer.headers["x-ms-correlation-request-id"] == "case-17"
    assert answer.headers["x-ms-request-id"]
    assert answer.headers["x-ms-ratelimit-remaining-subscription-resource-requests"] == "149"
    assert int(answer.headers["x-ms-ratelimit-remaining-subscription-global-reads"]) > 3000


async def test_the_signature_of_an_operation_must_come_back_as_it_was_and_is_never_logged(world: World) -> None:
    arm = await world(one_machine())
    answer = await arm("POST", f"{arm.machine}/reapply")
    url = answer.headers["Azure-AsyncOperation"]
    assert (await arm("GET", url)).status == 200
    assert (await arm("GET", url.replace("&s=", "&s=x"))).status == 403
    assert (await arm("GET", url.split("&t=")[0])).status == 403
    assert all("s=" not in line["query"] and "&c=" not in line["query"] for line in arm.box.requests())


async def test_a_role_without_the_action_is_refused_in_arms_words(world: World, tmp_path: Path) -> None:
    definition = {"properties": {"permissions": [{"actions": ["*/read"], "notActions": ["Microsoft.Compute/*/read"]}]}}
    path = tmp_path / "role.json"
    path.write_text(json.dumps(definition))
    arm = await world(one_machine(), role=read_role(path))
    assert (await arm("GET", arm.item)).status == 200
    for method, resource, action in (
        ("GET", arm.machine, "Microsoft.Compute/virtualMachines/read"),
        ("DELETE", arm.collection, "Microsoft.Compute/restorePointCollections/delete"),
    ):
        answer = await arm(method, resource)
        assert (answer.status, answer.body["error"]["code"]) == (403, "AuthorizationFailed")
        assert f"does not have authorization to perform action '{action}' over scope" in answer.body["error"]["message"]
    assert arm.box.changes() == []


def test_a_role_reads_wildcards_without_regard_to_case() -> None:
    role = Role(("Microsoft.RecoveryServices/Vaults/*", "*/locks/read"), ("*/delete",))
    assert role.allows("microsoft.recoveryservices/vaults/backupJobs/cancel/action")
    assert role.allows("Microsoft.Authorization/locks/read")
    assert not role.allows("Microsoft.RecoveryServices/vaults/delete")
    assert not role.allows("Microsoft.Compute/virtualMachines/read")


async def test_the_hourly_quota_counts_each_action_by_itself_and_comes_back_after_the_hour(world: World) -> None:
    arm = await world(one_machine(_world={"requests_per_hour": 3}))
    jobs = f"{arm.vault}/backupJobs"
    assert [(await arm("GET", jobs)).status for _ in range(4)] == [200, 200, 200, 429]
    assert (await arm("GET", f"{arm.vault}/backupPolicies")).status == 200
    await arm.box.advance(timedelta(minutes=50))
    assert (await arm("GET", jobs)).headers["Retry-After"] == "600"
    await arm.box.advance(timedelta(minutes=10))
    assert (await arm("GET", jobs)).status == 200


async def test_arm_refuses_a_client_that_has_emptied_its_bucket(world: World) -> None:
    arm = await world(one_machine())
    bucket = arm.box.pipeline.meters.bucket("reads", 250, 25.0, arm.box.now)
    bucket.level, bucket.per_second = 0.5, 0.0
    answer = await arm("GET", arm.sub)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
    bucket.per_second = 25.0
    await arm.box.advance(timedelta(seconds=1))
    assert (await arm("GET", arm.sub)).status == 200


async def test_the_sdk_reads_everything_the_product_reads(world: World) -> None:
    arm = await world("locked_group")
    clients = await world.clients(arm)
    group, vault = "rg-backup", "rsv-prod-01"
    parts = arm.item.split("/")
    container, item = parts[12], parts[14]
    backup, compute = clients.backup, clients.compute
    found = await backup.protected_items.get(vault, group, "Azure", container, item)
    assert found.properties is not None and found.properties.get("protectedItemDataId")
    jobs = [job async for job in backup.backup_jobs.list(vault, group, filter="status eq 'Failed'")]
    details = await backup.job_details.get(vault, group, str(jobs[0].name))
    assert details.properties.error_details[0].error_title == "UserErrorRpCollectionLimitReached"
    points = [p async for p in backup.recovery_points.list(vault, group, "Azure", container, item)]
    assert len(points) == 18 and points[0].properties.recovery_point_tier_details[1].type == "HardenedRP"
    policy = await backup.protection_policies.get(vault, group, "DailyPolicy")
    assert policy.properties.instant_rp_retention_range_in_days == 2
    assert [p.name async for p in backup.backup_policies.list(vault, group)] == ["DailyPolicy"]
    assert [c.name async for c in backup.backup_protection_containers.list(vault, group)] == [container]
    assert (await arm.get(arm.item.split("/protectedItems/")[0]))["properties"]["friendlyName"] == "web-01"
    assert [guard async for guard in backup.resource_guard_proxies.get(vault, group)] == []
    view = (await compute.virtual_machines.get("rg-app", "web-01", expand="instanceView")).instance_view
    assert view.vm_agent.statuses[0].display_status == "Ready"
    collections = [c async for c in compute.restore_point_collections.list_all()]
    full = await compute.restore_point_collections.get(
        "AzureBackupRG_westeurope_1", collections[0].name, expand="restorePoints"
    )
    assert len(full.restore_points) == 18
    kinds = {r.type async for r in clients.resources.resources.list_by_resource_group("AzureBackupRG_westeurope_1")}
    assert kinds == {"Microsoft.Compute/restorePointCollections"}
    assert "rg-app" in {g.name async for g in clients.resources.resource_groups.list()}
    extensions = await compute.virtual_machine_extensions.list("rg-app", "web-01")
    assert [one.name for one in extensions.value] == ["VMSnapshot"]


async def test_the_sdk_triggers_a_backup_and_follows_it_by_the_headers(world: World) -> None:
    arm = await world(one_machine())
    clients = await world.clients(arm)
    parts = arm.item.split("/")
    response = await clients.backup.backups.trigger(
        "rsv-prod-01",
        "rg-backup",
        "Azure",
        parts[12],
        parts[14],
        BackupRequestResource(properties=IaasVMBackupRequest()),
        cls=lambda pipeline, _, __: pipeline.http_response,
    )
    status = await arm.get(response.headers["Azure-AsyncOperation"])
    job = await clients.backup.job_details.get("rsv-prod-01", "rg-backup", status["properties"]["jobId"])
    assert job.properties.status == "InProgress"


async def test_a_poller_of_the_sdk_runs_to_its_end_when_the_clock_runs(world: World) -> None:
    arm = await world(one_machine(), time_scale=1000)
    compute = (await world.clients(arm)).compute
    poller = await compute.virtual_machine_extensions.begin_delete("rg-app", "web-01", "VMSnapshot")
    await poller.result()
    assert (await compute.virtual_machine_extensions.list("rg-app", "web-01")).value == []


async def test_a_refusal_reaches_the_sdk_as_azures_own_error(world: World) -> None:
    arm = await world("locked_group")
    clients = await world.clients(arm)
    with raises(HttpResponseError) as caught:
        await clients.compute.restore_point_collections.begin_delete(
            "AzureBackupRG_westeurope_1", arm.collection.rsplit("/", 1)[1]
        )
    assert caught.value.error is not None and caught.value.error.code == "ScopeLocked"


async def test_lists_of_resources_take_a_filter_and_lists_of_machines_name_extensions_by_id(world: World) -> None:
    arm = await world(one_machine())
    listed = await arm.get(f"{arm.sub}/resources?$filter=resourceGroup%20eq%20%27azurebackuprg_westeurope_1%27")
    assert [one["id"] for one in listed["value"]] == [arm.collection]
    [machine] = (await arm.get(f"{arm.sub}/providers/Microsoft.Compute/virtualMachines"))["value"]
    assert machine["resources"] == [{"id": f"{arm.machine}/extensions/VMSnapshot"}]


async def test_a_long_list_comes_in_pages_that_keep_the_filter(world: World) -> None:
    arm = await world(one_machine(_world={"page_size": 4}))
    query = f"$filter={quote("endTime eq '2026-02-27 11:59:59 PM'")}"
    first = await arm.get(f"{arm.vault}/backupJobs?{query}")
    assert len(first["value"]) == 4
    second = await arm.get(first["nextLink"])
    assert len(second["value"]) == 4 and "nextLink" not in second
    assert {job["name"] for job in second["value"]}.isdisjoint(job["name"] for job in first["value"])
    backup = (await world.clients(arm)).backup
    found = [
        job.name async for job in backup.backup_jobs.list("rsv-prod-01", "rg-backup", filter="status eq 'Completed'")
    ]
    assert len(set(found)) == len(found) == 10


async def test_jobs_are_filtered_by_the_documented_names_and_times(world: World) -> None:
    arm = await world("locked_group")

    async def count(condition: str) -> int:
        return len((await arm.get(f"{arm.vault}/backupJobs?$filter={quote(condition)}"))["value"])

    window = "startTime eq '2026-02-27 00:00:00 AM' and endTime eq '2026-02-28 11:59:59 PM'"
    assert await count(window) == 2
    assert await count(f"{window} and status eq 'Failed'") == 0
    assert await count("startTime eq '2026-03-02 01:00:00 AM' and operation eq 'Backup' and status eq 'failed'") == 1
    assert await count("backupManagementType eq 'MAB'") == 0
    assert (await arm("GET", f"{arm.vault}/backupJobs?$filter=status")).status == 400


async def test_a_restore_is_accepted_and_its_job_ends(world: World) -> None:
    arm = await world(one_machine())
    point = (await arm.get(f"{arm.item}/recoveryPoints"))["value"][0]
    body = {"properties": {"objectType": "IaasVMRestoreRequest", "recoveryType": "RestoreDisks"}}
    answer = await arm("POST", f"{point['id']}/restore", body)
    status = await arm.get(answer.headers["Azure-AsyncOperation"])
    path = f"{arm.vault}/backupJobs/{status['properties']['jobId']}"
    assert (await arm.get(path))["properties"]["operation"] == "Restore"
    await arm.box.advance(timedelta(hours=1))
    assert (await arm.get(path))["properties"]["status"] == "Completed"
