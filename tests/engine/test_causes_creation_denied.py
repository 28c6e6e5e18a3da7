"""A policy that forbids the restore point group or collection is named with what its owner can do; none is guessed."""

from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES
from engine.diagnose import UNKNOWN, Diagnosis, diagnose
from remediations.facts import Facts
from sandbox.arm.rbac import Role
from tests.engine.driver import Driver, driving

CODE = "UserErrorRequestDisallowedByPolicy"
GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
COLLECTIONS = "Microsoft.Compute/restorePointCollections"
NEW = {"recovery_points": 0, "restore_points": 0}


async def named(driver: Driver) -> Diagnosis:
    item = driver.world["cases"][0]["item"]
    evidence = Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of)
    found = await diagnose(evidence, driver.world["cases"][0]["code"])
    assert not driver.box.changes()
    return found


def world(*policies: dict[str, Any], **machine: Any) -> dict[str, Any]:
    one = {"name": "new-01", **machine, "failure": {"code": CODE}}
    return {"name": "policy", "title": "t", "machine": [one], "deny_policy": list(policies)}


def policy(*types: str, **told: Any) -> dict[str, Any]:
    return {"scope": "subscription", "name": "guard", "types": list(types), **told}


async def test_a_tag_that_new_groups_need_is_named_with_its_assignment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("creation_denied", tmp_path, monkeypatch) as driver:
        found = await named(driver)
        verdict = found.verdict
        assert found.cause == "creation_denied" and CAUSES[found.cause].steps == ()
        assert "policyDefinitions/require-costcenter" in verdict.reason
        for word in (
            "Modify",
            "az policy exemption create",
            "policyAssignments/require-costcenter",
            "a prefix, a number",
        ):
            assert word in verdict.instructions


async def test_a_policy_about_collections_counts_where_the_group_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(
        world(policy(COLLECTIONS, scope="group:AzureBackupRG_westeurope_1")), tmp_path, monkeypatch
    ) as d:
        found = await named(d)
        group = f"/subscriptions/{d.world['subscription']}/resourceGroups/AzureBackupRG_westeurope_1"
        assert found.cause == "creation_denied" and f"--scope '{group}'" in found.verdict.instructions
        assert "There is no such group yet" not in found.verdict.instructions


async def test_a_policy_about_new_groups_is_only_suspected_where_the_group_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(policy(GROUPS, tag="owner")), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == UNKNOWN and "guard" in found.verdict.reason and "cannot be told" in found.verdict.reason


async def test_a_tag_that_collections_need_is_only_suspected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(policy(COLLECTIONS, tag="owner"), **NEW), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == UNKNOWN and "guard" in found.verdict.reason


@pytest.mark.parametrize(
    "policies", [(), (policy("Microsoft.Storage/storageAccounts"),), (policy(GROUPS, scope="group:rg-app"),)]
)
async def test_where_none_is_found_it_is_unknown_and_azure_backups_own_words_are_told(
    policies: tuple[dict[str, Any], ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(*policies, **NEW), tmp_path, monkeypatch) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert (case.cause, case.outcome) == (UNKNOWN, "needs a person")
        assert "none that does is assigned" in case.ending["reason"]
        assert "Azure Backup says:" in case.ending["instructions"] and CODE in case.ending["instructions"]


@pytest.mark.parametrize("what", ["policyAssignments", "policyDefinitions"])
async def test_policies_that_may_not_be_read_are_unknown_and_named(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = Role(("*",), (f"Microsoft.Authorization/{what}/read",))
    async with driving("creation_denied", tmp_path, monkeypatch, role=role) as driver:
        found = await named(driver)
        assert found.cause == UNKNOWN and what in found.verdict.reason
