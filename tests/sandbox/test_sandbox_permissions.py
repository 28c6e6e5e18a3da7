"""What the caller may do, as ARM tells it, and the role actions of every route."""

from typing import Any

import pytest
from azure_actions import DOCUMENTED
from sandbox_arm import World, one_machine

from sandbox.arm import routes, surface

ROLE = {"actions": ["*/read"], "notActions": ["Microsoft.Compute/*/read"]}
AUTH = "/providers/Microsoft.Authorization"


@pytest.mark.parametrize("scope", ["{sub}", "{sub}/resourceGroups/rg-app", "{machine}", "{collection}", "{vault}"])
async def test_permissions_are_those_of_the_role_at_every_scope(world: World, scope: str) -> None:
    arm = await world(one_machine(), role=ROLE)
    at = scope.format(sub=arm.sub, machine=arm.machine, collection=arm.collection, vault=arm.vault)
    told = await arm.get(f"{at}{AUTH}/permissions", version="2022-04-01")
    assert told == {"value": [{**ROLE, "dataActions": [], "notDataActions": []}]}


async def test_without_a_role_everything_is_permitted(world: World) -> None:
    arm = await world(one_machine())
    [block] = (await arm.get(f"{arm.sub}{AUTH}/permissions"))["value"]
    assert (block["actions"], block["notActions"]) == (["*"], [])


async def test_reading_permissions_needs_the_action_and_a_scope_that_is_there(world: World) -> None:
    arm = await world(one_machine(), role={"actions": ["Microsoft.Compute/*"]})
    refused = await arm("GET", f"{arm.sub}{AUTH}/permissions")
    assert "'Microsoft.Authorization/permissions/read'" in refused.body["error"]["message"]
    arm = await world(one_machine())
    assert (await arm("GET", f"{arm.sub}/resourceGroups/nowhere{AUTH}/permissions")).status == 404


async def test_a_role_without_actions_allows_nothing(world: World) -> None:
    for role in ({}, []):
        assert (await (await world(one_machine(), role=role))("GET", "/subscriptions/x")).status == 404
        arm = await world(one_machine(), role=role)
        assert (await arm("GET", arm.item)).status == 403


def test_every_action_that_a_route_asks_for_is_one_of_azures_own() -> None:
    assert surface.PARTS
    known = {name.lower() for name in DOCUMENTED}
    asked = {action for one in routes.every() for action in one.actions}
    assert {action for action in asked if action.lower() not in known} == set()


async def test_the_sandbox_lists_its_routes_with_their_actions(world: World) -> None:
    arm = await world(one_machine())
    listed: list[dict[str, Any]] = await arm.get("/_sandbox/actions")
    item = "/backupFabrics/{fabric}/protectionContainers/{container}/protectedItems/{item}"
    [trigger] = [one for one in listed if one["path"].endswith(item + "/backup")]
    names = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action"
    assert (trigger["method"], trigger["actions"]) == ("POST", [names])
    without = {one["path"] for one in listed if not one["actions"]}
    assert without == {"/subscriptions", "/tenants"}


async def test_resource_graph_leaves_out_the_rows_that_the_role_may_not_read(world: World) -> None:
    query = {"query": "resources | project id, type"}
    actions = ["Microsoft.ResourceGraph/resources/read", "Microsoft.RecoveryServices/vaults/read"]
    arm = await world(one_machine(), role={"actions": actions})
    path = "/providers/Microsoft.ResourceGraph/resources"
    found = await arm("POST", path, query, version="2021-03-01")
    assert [row["type"] for row in found.body["data"]] == ["microsoft.recoveryservices/vaults"]
