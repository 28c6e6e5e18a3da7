"""What nobody's role can grant: deny assignments, deny-delete policies, a Resource Guard."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox_arm import Arm, World, one_machine

GROUP = "/resourceGroups/AzureBackupRG_westeurope_1"
AUTH = "/providers/Microsoft.Authorization"
TRIGGER = {"properties": {"objectType": "IaasVMBackupRequest"}}
POINTS = "Microsoft.Compute/restorePointCollections/restorePoints"


def denied(*actions: str, scope: str = "group:AzureBackupRG_westeurope_1") -> dict[str, Any]:
    return {"deny_assignment": [{"scope": scope, "name": "stack", "actions": list(actions)}]}


def no_deletion(*types: str, scope: str = "subscription") -> dict[str, Any]:
    return {"deny_delete_policy": [{"scope": scope, "name": "keep-points", "types": list(types)}]}


async def points_after_clean_up(arm: Arm) -> int:
    await arm.start_backup()
    await arm.box.advance(timedelta(hours=4))
    return len(arm.box.model.restore_points.under(arm.collection))


def oldest(arm: Arm) -> str:
    return str(min(arm.box.model.restore_points.under(arm.collection), key=lambda point: point.created).id)


async def test_a_deny_assignment_has_the_documented_shape(world: World) -> None:
    arm = await world(one_machine(_world=denied("*/delete")))
    listed = await arm.get(f"{arm.sub}{GROUP}{AUTH}/denyAssignments?$filter=atScope()", version="2022-04-01")
    [one] = listed["value"]
    assert one["type"] == "Microsoft.Authorization/denyAssignments"
    assert one["id"] == f"{arm.sub}{GROUP}{AUTH}/denyAssignments/{one['name']}"
    assert one["properties"] == {
        "denyAssignmentName": "stack",
        "description": "",
        "permissions": [{"actions": ["*/delete"], "notActions": [], "dataActions": [], "notDataActions": []}],
        "scope": f"{arm.sub}{GROUP}",
        "doNotApplyToChildScopes": False,
        "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
        "excludePrincipals": [],
        "isSystemProtected": True,
    }
    assert await arm.get(one["id"], version="2022-04-01") == one


async def test_a_list_of_deny_assignments_shows_those_at_the_scope_and_above_it(world: World) -> None:
    assigned = [
        {"scope": "subscription", "name": "top", "actions": ["x"]},
        {"scope": "group:AzureBackupRG_westeurope_1", "name": "here", "actions": ["x"]},
        {"scope": "group:rg-app", "name": "elsewhere", "actions": ["x"]},
    ]
    arm = await world(one_machine(_world={"deny_assignment": assigned}))

    async def names(scope: str) -> set[str]:
        listed = await arm.get(f"{scope}{AUTH}/denyAssignments?$filter=atScope()")
        return {one["properties"]["denyAssignmentName"] for one in listed["value"]}

    assert await names(arm.collection) == {"top", "here"}
    assert await names(f"{arm.sub}/resourceGroups/rg-app") == {"top", "elsewhere"}
    assert await names(arm.sub) == {"top"}


async def test_a_denied_action_is_refused_whatever_the_role_and_others_go_through(world: World) -> None:
    arm = await world(one_machine(restore_points=3, _world=denied("*/restorePoints/delete")))
    refused = await arm("DELETE", oldest(arm))
    assert (refused.status, refused.body["error"]["code"]) == (403, "DenyAssignmentAuthorizationFailed")
    assert f"has permission to perform action '{POINTS}/delete'" in refused.body["error"]["message"]
    assert "because of the deny assignment with name 'stack'" in refused.body["error"]["message"]
    assert (await arm("GET", oldest(arm))).status == 200
    assert arm.box.changes() == []
    assert (await arm("DELETE", arm.collection)).status == 202


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ({}, 1),
        (denied("*/delete"), 18),
        (denied("*"), 18),
        (denied(f"{POINTS}/delete"), 18),
        (denied("*/write"), 1),
        (denied("*/delete", scope="subscription"), 18),
        (denied("*/delete", scope="group:rg-app"), 1),
        (no_deletion(POINTS.lower()), 18),
        (no_deletion("Microsoft.Compute/virtualMachines"), 1),
        (no_deletion(POINTS, scope="group:rg-app"), 1),
    ],
)
async def test_what_denies_the_deletion_of_restore_points_stops_azure_backups_own_clean_up(
    world: World, rules: dict[str, Any], left: int
) -> None:
    assert await points_after_clean_up(await world(one_machine(restore_points=18, _world=rules))) == left


async def test_a_policy_with_deny_action_is_read_through_its_assignment_and_definition(world: World) -> None:
    arm = await world(one_machine(_world=no_deletion(POINTS, "Microsoft.Compute/restorePointCollections")))
    listed = await arm.get(f"{arm.collection}{AUTH}/policyAssignments?$filter=atScope()", version="2022-06-01")
    [assigned] = listed["value"]
    assert assigned["properties"]["scope"] == arm.sub
    definition = await arm.get(assigned["properties"]["policyDefinitionId"], version="2021-06-01")
    assert definition["properties"]["policyRule"] == {
        "if": {"field": "type", "in": [POINTS, "Microsoft.Compute/restorePointCollections"]},
        "then": {"effect": "denyAction", "details": {"actionNames": ["delete"]}},
    }


async def test_a_list_of_policy_assignments_reaches_down_only_without_at_scope(world: World) -> None:
    arm = await world(one_machine(_world=no_deletion(POINTS, scope="group:rg-app")))
    path = f"{arm.sub}{AUTH}/policyAssignments"
    assert len((await arm.get(path))["value"]) == 1
    assert (await arm.get(f"{path}?$filter=atScope()"))["value"] == []
    assert (await arm.get(f"{arm.sub}{GROUP}{AUTH}/policyAssignments"))["value"] == []


async def test_a_deny_delete_policy_refuses_clients_and_names_itself(world: World) -> None:
    arm = await world(one_machine(restore_points=3, _world=no_deletion(POINTS)))
    refused = await arm("DELETE", oldest(arm))
    error = refused.body["error"]
    assert (refused.status, error["code"]) == (403, "RequestDisallowedByPolicy")
    assert '"name": "keep-points"' in error["message"]
    assert error["additionalInfo"][0]["info"]["policyDefinitionEffect"] == "denyAction"
    assert arm.box.changes() == []
    assert (await arm("DELETE", f"{arm.machine}/extensions/VMSnapshot")).status == 202


async def test_a_guarded_backup_is_refused_and_the_vault_shows_its_guard(world: World) -> None:
    arm = await world(one_machine(_world={"vault": {"guard_protects": ["backup"]}}))
    refused = await arm("POST", f"{arm.item}/backup", TRIGGER)
    assert (refused.status, refused.body["error"]["code"]) == (403, "LinkedAuthorizationFailed")
    [proxy] = (await arm.get(f"{arm.vault}/backupResourceGuardProxies"))["value"]
    guard = proxy["properties"]["resourceGuardResourceId"]
    assert f"on the linked scope(s) '{guard}'" in refused.body["error"]["message"]
    assert arm.box.changes() == []
    await arm.box.advance(timedelta(days=1))
    assert max(job.start for job in arm.box.model.jobs).day == 3, "the policy's own backups go on"


async def test_a_guard_that_protects_nothing_we_do_lets_a_backup_through(world: World) -> None:
    arm = await world(one_machine(_world={"vault": {"resource_guard": "/subscriptions/x/guard"}}))
    assert (await arm("POST", f"{arm.item}/backup", TRIGGER)).status == 202


@pytest.mark.parametrize("name", ["deny_assignment", "deny_delete_policy"])
async def test_in_the_worlds_of_denials_the_collection_stays_full(world: World, name: str) -> None:
    arm = await world(name)
    assert await points_after_clean_up(arm) == 18
    assert (await arm("DELETE", oldest(arm))).status == 403
