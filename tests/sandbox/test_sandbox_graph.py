"""Resource Graph: the language subset, paging, quota, and rows that lag."""

from datetime import timedelta
from typing import Any

import pytest
from azure.mgmt.resourcegraph.models import QueryRequest
from sandbox_arm import Arm, World, one_machine

PATH = "/providers/Microsoft.ResourceGraph/resources"
FAILED = """RecoveryServicesResources
| where type =~ 'microsoft.recoveryservices/vaults/backupjobs'
| where properties.backupManagementType =~ 'AzureIaasVM' and properties.operation =~ 'Backup'
| where properties.status in~ ('Failed','CompletedWithWarnings') and todatetime(properties.startTime) > ago(1d)
| project id, name, subscriptionId, resourceGroup, entity=tostring(properties.entityFriendlyName),
    status=tostring(properties.status), start=todatetime(properties.startTime), props=properties
| order by id asc"""
ITEMS = "recoveryservicesresources | where type endswith 'protecteditems'"


async def ask(arm: Arm, query: str, **options: Any) -> Any:
    body = {"subscriptions": [arm.sub.rsplit("/", 1)[1]], "query": query, "options": options}
    return await arm("POST", PATH, body, version="2021-03-01")


async def rows(arm: Arm, query: str) -> Any:
    answer = await ask(arm, query)
    assert answer.status == 200, answer
    return answer.body["data"]


async def test_the_documented_query_finds_the_failed_job(world: World) -> None:
    arm = await world("backup_running")
    [row] = await rows(arm, FAILED)
    assert (row["entity"], row["status"], row["resourceGroup"]) == ("web-01", "Failed", "rg-backup")
    assert row["props"]["errorDetails"][0]["errorTitle"] == "UserErrorBackupOperationInProgress"


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("name == 'vm-003'", 1),
        ("name == 'VM-003'", 0),
        ("name =~ 'VM-003'", 1),
        ("name != 'vm-003'", 4),
        ("name in~ ('VM-001', 'vm-002')", 2),
        ("name in ('VM-001', 'vm-002')", 1),
        ("name !in ('vm-001')", 4),
        ("name contains '00' and not(name endswith '5')", 4),
        ("name startswith 'VM-' and (name == 'vm-001' or name == 'vm-004')", 2),
        ("isempty(kind) and isnotempty(properties['vmId'])", 5),
        ("properties.noSuch == 'x'", 0),
        ("todatetime(properties.timeCreated) < datetime(2025-07-01)", 5),
        ("todatetime(properties.timeCreated) > ago(30d)", 0),
        ("tolower(tostring(properties.hardwareProfile.vmSize)) == 'standard_d2s_v5'", 5),
    ],
)
async def test_conditions_choose_rows(world: World, condition: str, count: int) -> None:
    arm = await world("locked_fleet:5")
    found = await rows(arm, f"resources | where type == 'microsoft.compute/virtualmachines' | where {condition}")
    assert len(found) == count


async def test_rows_are_shaped_sorted_limited_and_counted(world: World) -> None:
    arm = await world("locked_fleet:3")
    machines = "resources | where type =~ 'Microsoft.Compute/virtualMachines'"
    shaped = await rows(arm, f"{machines} | extend short = tolower(name) | project short, vm=id | sort by short desc")
    assert [row["short"] for row in shaped] == ["vm-003", "vm-002", "vm-001"]
    assert await rows(arm, f"{machines} | count") == [{"Count": 3}]
    assert len(await rows(arm, f"{machines} | take 2")) == 2


@pytest.mark.parametrize(
    "query",
    [
        "resources | summarize count() by type",
        "resources | where name ==",
        "resources | join (resources) on id",
        "resources | where nosuchcolumn == 'x'",
        "resources | where strlen(name) > 3",
        "resources | where properties.timeCreated > ago(1d)",
        "resources | where name = 'x'",
        "resources where name == 'x'",
        "resources | project id | where location == 'x'",
    ],
)
async def test_what_the_subset_does_not_hold_is_an_invalid_query(world: World, query: str) -> None:
    answer = await ask(await world(one_machine()), query)
    assert answer.status == 400
    assert answer.body["error"]["details"][0]["code"] == "InvalidQuery"


async def test_a_long_answer_comes_in_pages_when_the_rows_carry_their_id(world: World) -> None:
    arm = await world("locked_fleet:5")
    query = ITEMS + " | project id"
    first = (await ask(arm, query, **{"$top": 2})).body
    assert (first["totalRecords"], first["count"], first["resultTruncated"]) == (5, 2, "true")
    seen, token = first["data"], first.get("$skipToken")
    while token:
        page = (await ask(arm, query, **{"$top": 2, "$skipToken": token})).body
        seen, token = seen + page["data"], page.get("$skipToken")
    assert len({row["id"] for row in seen}) == 5
    assert "$skipToken" not in (await ask(arm, ITEMS + " | project name", **{"$top": 2})).body


async def test_rows_lag_behind_arm_by_two_minutes(world: World) -> None:
    arm = await world(one_machine())
    running = "recoveryservicesresources | where type endswith 'backupjobs' and properties.status == 'InProgress'"
    await arm.start_backup()
    await arm.box.advance(timedelta(seconds=119))
    assert await rows(arm, running) == []
    await arm.box.advance(timedelta(seconds=1))
    assert len(await rows(arm, running)) == 1


async def test_a_deleted_resource_stays_visible_for_the_lag(world: World) -> None:
    arm = await world(one_machine())
    collections = "resources | where type == 'microsoft.compute/restorepointcollections'"
    await arm("DELETE", arm.collection)
    await arm.box.advance(timedelta(minutes=1))
    assert (await arm("GET", arm.collection)).status == 404
    assert len(await rows(arm, collections)) == 1
    await arm.box.advance(timedelta(minutes=2))
    assert await rows(arm, collections) == []


async def test_fifteen_queries_are_the_quota_of_five_seconds(world: World) -> None:
    arm = await world(one_machine())
    arm.box.pipeline.meters.bucket("graph", 15, 0.0, arm.box.now)  # frozen: real seconds refill nothing
    statuses = [(await ask(arm, "resources | take 1")).status for _ in range(16)]
    assert statuses == [200] * 15 + [429]


async def test_the_sdk_asks_and_gets_rows(world: World) -> None:
    arm = await world(one_machine())
    clients = await world.clients(arm)
    answer = await clients.graph.resources(QueryRequest(query=ITEMS, subscriptions=[arm.sub.rsplit("/", 1)[1]]))
    assert answer.count == 1
    assert answer.data[0]["properties"]["dataSourceInfo"]["resourceID"] == arm.machine
