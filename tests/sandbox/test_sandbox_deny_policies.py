"""Policies with the effect deny: how they show, and what they keep Azure Backup from."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox_arm import Arm, World, one_machine

AUTH = "/providers/Microsoft.Authorization"
GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
COLLECTIONS = "Microsoft.Compute/restorePointCollections"
NEW = {"recovery_points": 0, "restore_points": 0}


def guarded(*types: str, scope: str = "subscription", tag: str = "", **machine: Any) -> dict[str, Any]:
    policy = {"scope": scope, "name": "guard", "types": list(types), "tag": tag}
    return one_machine(**machine, _world={"deny_policy": [policy]})


async def test_it_shows_as_azures_built_in_definition_does(world: World) -> None:
    arm = await world(guarded(GROUPS, tag="owner"))
    listed = await arm.get(f"{arm.sub}{AUTH}/policyAssignments?$filter=atScope()", version="2022-06-01")
    [one] = listed["value"]
    assert one["properties"]["parameters"] == {"tagName": {"value": "owner"}}
    defined = (await arm.get(one["properties"]["policyDefinitionId"], version="2021-06-01"))["properties"]
    assert defined["policyRule"] == {
        "if": {
            "allOf": [
                {"field": "type", "equals": GROUPS},
                {"field": "[concat('tags[', parameters('tagName'), ']')]", "exists": "false"},
            ]
        },
        "then": {"effect": "[parameters('effect')]"},
    }


async def backed_up(arm: Arm) -> str:
    job = await arm.start_backup()
    await arm.box.advance(timedelta(hours=2))
    done = arm.job(job.name)
    return str(done.problem.title) if done.problem else ""


@pytest.mark.parametrize(
    ("declared", "works"),
    [
        (guarded(GROUPS, tag="owner", **NEW), False),
        (guarded(GROUPS, tag="owner"), True),
        (guarded(COLLECTIONS), False),
        (guarded(COLLECTIONS, **NEW), False),
        (guarded(COLLECTIONS, scope="group:rg-app"), True),
        (guarded("Microsoft.Storage/storageAccounts"), True),
    ],
)
async def test_it_stops_the_snapshot_whose_group_or_collection_it_forbids(
    world: World, declared: dict[str, Any], works: bool
) -> None:
    assert await backed_up(await world(declared)) == ("" if works else "UserErrorRequestDisallowedByPolicy")
