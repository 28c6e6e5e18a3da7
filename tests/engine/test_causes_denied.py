"""What stops clean-up besides locks, and an item on its way out: named from evidence, nothing changed, advice exact."""

from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES, Verdict
from engine.diagnose import UNKNOWN, Diagnosis, diagnose
from gateway.arm.deny_delete import DenyDeletePolicy
from gateway.arm.rights import EVERYONE, Block, DenyAssignment, Principal
from remediations.facts import Facts, Unknown
from sandbox.arm.rbac import Role
from tests.engine.driver import Driver, driving

FULL = {"restore_points": 18, "restore_group": "AzureBackupRG_westeurope_1"}
FAILURE = {"code": "UserErrorRpCollectionLimitReached"}
GROUP = "group:AzureBackupRG_westeurope_1"
POINTS = "Microsoft.Compute/restorePointCollections"


def facts(driver: Driver) -> Facts:
    item = driver.world["cases"][0]["item"]
    return Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of)


async def named(driver: Driver) -> Diagnosis:
    found = await diagnose(facts(driver), driver.world["cases"][0]["code"])
    assert not driver.box.changes()
    return found


def world(**more: Any) -> dict[str, Any]:
    return {"name": "denied", "title": "t", "machine": [{"name": "web-01", **FULL, "failure": FAILURE}], **more}


@pytest.mark.parametrize("name", ["deny_assignment", "deny_delete_policy", "soft_deleted"])
async def test_the_world_is_named_by_its_cause_and_left_to_a_person(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(name, tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == driver.world["cases"][0]["cause"], found.verdicts
        assert CAUSES[found.cause].steps == () and "az " in found.verdict.instructions


async def test_a_soft_deleted_item_gets_its_own_undelete_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("soft_deleted", tmp_path, monkeypatch) as driver:
        said = (await named(driver)).verdict.instructions
        item = driver.world["cases"][0]["item"].rpartition("/")[2]
        for verb in ("undelete", "resume"):
            assert f"az backup protection {verb}" in said
        assert said.count(f"-i '{item}'") == 3  # the third backs it up


@pytest.mark.parametrize(
    ("actions", "cause"),
    [
        (["*/delete"], "clean_up_denied"),
        (["*"], UNKNOWN),  # it hides the group itself
        ([f"{POINTS}/restorePoints/delete"], "clean_up_denied"),
        (["*/write"], "restore_points_left_behind"),
        (["Microsoft.Network/*/delete"], "restore_points_left_behind"),
    ],
)
async def test_only_a_deny_assignment_that_covers_the_deletion_counts(
    actions: list[str], cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = world(deny_assignment=[{"scope": GROUP, "name": "stack", "actions": actions}])
    async with driving(denied, tmp_path, monkeypatch) as driver:
        assert (await named(driver)).cause == cause


@pytest.mark.parametrize(
    ("scope", "kind", "cause"),
    [
        (GROUP, POINTS, "clean_up_denied"),
        ("subscription", f"{POINTS}/restorePoints", "clean_up_denied"),
        ("subscription", "Microsoft.Storage/storageAccounts", "restore_points_left_behind"),
    ],
)
async def test_only_a_policy_that_names_restore_points_counts(
    scope: str, kind: str, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = world(deny_delete_policy=[{"scope": scope, "name": "keep", "types": [kind]}])
    async with driving(denied, tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == cause
        assert ("az policy exemption create" in found.verdict.instructions) == (cause == "clean_up_denied")


async def test_a_denial_that_holds_back_no_overdue_point_is_no_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = world(
        deny_assignment=[{"scope": GROUP, "name": "stack", "actions": ["*/delete"]}], policy={"snapshot_days": 30}
    )
    async with driving(denied, tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == "policy_keeps_too_many" and ("clean_up_denied", "ruled out") in [
            (n, v.says) for n, v in found.verdicts
        ]
        assert not [r for r in driver.box.requests() if r["path"].endswith(("/denyAssignments", "/policyAssignments"))]


@pytest.mark.parametrize("what", ["denyAssignments", "policyAssignments", "policyDefinitions"])
async def test_a_denial_that_may_not_be_read_is_unknown(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = world(deny_delete_policy=[{"scope": GROUP, "name": "keep", "types": [POINTS]}])
    role = Role(("*",), (f"Microsoft.Authorization/{what}/read",))
    async with driving(denied, tmp_path, monkeypatch, role=role) as driver:
        found = await named(driver)
        assert found.cause == UNKNOWN and what in found.verdict.reason


class Denials:
    """Facts of a full collection, with denials that the sandbox cannot hold."""

    def __init__(self, driver: Driver, denied: tuple[Any, ...] = (), policies: tuple[Any, ...] = ()) -> None:
        self._facts, self._denied, self._policies = facts(driver), denied, policies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._facts, name)

    async def deny_assignments_reaching_group(self) -> tuple[Any, ...]:
        return self._denied

    async def deny_delete_policies_reaching_group(self) -> tuple[Any, ...]:
        return self._policies


async def verdict(evidence: Any) -> Verdict:
    return await CAUSES["clean_up_denied"].examine(evidence)


ALL, BACKUP, PERSON = Principal(EVERYONE, "SystemDefined"), Principal("b", "ServicePrincipal"), Principal("p", "User")


@pytest.mark.parametrize(
    ("principals", "exempt", "says"),
    [
        ((ALL,), (), "confirmed"),
        ((ALL,), (PERSON,), "confirmed"),
        ((ALL,), (BACKUP,), "unknown"),
        ((BACKUP,), (), "unknown"),
        ((PERSON,), (), "ruled out"),
    ],
)
async def test_whether_a_deny_assignment_binds_azure_backup_is_never_guessed(
    principals: Any, exempt: Any, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        deny = DenyAssignment("/d", "stack", "/s", (Block(("*",)),), principals, exempt)
        evidence = Denials(driver, denied=(deny,))
        if says == "unknown":
            with pytest.raises(Unknown, match="stack"):
                await verdict(evidence)
        else:
            assert (await verdict(evidence)).says == says


async def test_a_policy_that_cannot_be_told_is_unknown_unless_another_forbids_for_certain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(), tmp_path, monkeypatch) as driver:
        untold = DenyDeletePolicy("/a", "secret", "/s", "/d", None, "its definition could not be read")
        certain = DenyDeletePolicy("/b", "keep", "/s", "/e", {"field": "type", "equals": POINTS})
        with pytest.raises(Unknown, match="secret"):
            await verdict(Denials(driver, policies=(untold,)))
        assert (await verdict(Denials(driver, policies=(untold, certain)))).says == "confirmed"
