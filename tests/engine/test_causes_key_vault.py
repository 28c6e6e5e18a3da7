"""Rights on the Key Vault of an encrypted machine: told for certain or not at all, and the grant is exact."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES, Verdict
from engine.diagnose import UNKNOWN, Diagnosis, diagnose
from remediations.facts import Facts, Unknown
from remediations.refusals import AZURE_BACKUP_APP
from sandbox.arm.rbac import Role
from sandbox.key_vaults import service_of
from tests.engine.driver import Driver, driving

CODE = "UserErrorKeyVaultPermissionsNotConfigured"
ALL = ["Get", "List", "Backup"]
BOTH = {"key_vault": "kv-1", "kek": "kv-1"}
CUSTOM = ["secrets/getSecret/action", "secrets/backup/action", "secrets/readMetadata/action", "keys/*"]


def world(machine: dict[str, Any], *vaults: dict[str, Any]) -> dict[str, Any]:
    one = {"name": "pay-01", "failure": {"code": CODE}, **machine}
    return {"name": "keys", "title": "t", "machine": [one], "key_vault": list(vaults)}


def facts(driver: Driver, service: bool = False) -> Facts:
    item = driver.world["cases"][0]["item"]
    found = Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of)
    found.backup_service = service_of(driver.box.model.world.tenant).upper() if service else ""
    return found


async def looked(
    declared: dict[str, Any], folder: Path, patch: pytest.MonkeyPatch, service: bool = False, **box: Any
) -> Diagnosis:
    async with driving(declared, folder, patch, **box) as driver:
        found = await diagnose(facts(driver, service), CODE)
        assert not driver.box.changes() and len(driver.box.requests()) <= 12
        return found


async def verdict(*told: Any, **more: Any) -> Verdict:
    found = await looked(*told, **more)
    assert found.verdicts[-1][0] == "key_vault_rights"
    return found.verdict


def policies(*access: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "kv-1", "access_policies": list(access), **more}


def roles(*granted: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "kv-1", "rbac": True, "roles": list(granted), **more}


def custom(object: str, *actions: str, **more: Any) -> dict[str, Any]:
    return {
        "object": object,
        "role": "backup of keys",
        "data_actions": [f"Microsoft.KeyVault/vaults/{a}" for a in actions],
        **more,
    }


@pytest.mark.parametrize("shown", ["extension", "machine", "disk"])
@pytest.mark.parametrize("os", ["Windows", "Linux"])
async def test_the_key_vault_is_found_wherever_the_encryption_shows(
    shown: str, os: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = world({**BOTH, "keys_shown": shown, "os": os}, policies())
    found = await verdict(declared, tmp_path, monkeypatch)
    assert found.says == "confirmed" and "kv-1" in found.reason
    for right in ("secrets get", "secrets list", "secrets backup", "keys get", "keys list", "keys backup"):
        assert right in found.reason


async def test_a_machine_without_azure_disk_encryption_is_ruled_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await looked(world({}), tmp_path, monkeypatch)
    assert found.cause == UNKNOWN and found.verdict.says == "ruled out" and "customer" in found.verdict.reason


async def test_a_machine_with_more_disks_than_are_read_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await verdict(world({"disks_gb": [64] * 5}), tmp_path, monkeypatch)
    assert found.says == "unknown" and "5 disks" in found.reason


SERVICE = {"object": "service", "secrets": ALL, "keys": ALL}
CASES: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (BOTH, policies(SERVICE), "ruled out", "unknown"),
    (BOTH, policies({"object": "service", "secrets": ["all"], "keys": ["All"]}), "ruled out", "unknown"),
    ({"key_vault": "kv-1"}, policies({"object": "service", "secrets": ALL}), "ruled out", "unknown"),
    (BOTH, policies({"object": "service", "secrets": ALL}), "confirmed", "confirmed"),
    (BOTH, policies({**SERVICE, "keys": ["get", "list"]}), "confirmed", "confirmed"),
    (BOTH, policies({**SERVICE, "object": "admin"}), "confirmed", "unknown"),
    (
        BOTH,
        policies({"object": "a", "secrets": ALL}, {"object": "b", "keys": ALL}),
        "confirmed",
        "unknown",  # a service that is in two groups holds both
    ),
    (BOTH, policies({"object": "a", "secrets": ["get", "list"], "keys": ["all"]}), "confirmed", "confirmed"),
    (BOTH, policies(), "confirmed", "confirmed"),
    (BOTH, policies(SERVICE, rbac=True), "confirmed", "confirmed"),  # roles decide, policies are not looked at
    (BOTH, roles({"object": "service", "role": "Key Vault Administrator"}), "ruled out", "unknown"),
    (
        BOTH,
        roles({"object": "service", "role": "Key Vault Administrator", "scope": "subscription"}),
        "ruled out",
        "unknown",
    ),
    (BOTH, roles(custom("service", *CUSTOM)), "ruled out", "unknown"),
    (BOTH, roles(custom("service", *CUSTOM[:3])), "confirmed", "confirmed"),
    ({"key_vault": "kv-1"}, roles(custom("service", *CUSTOM[:3])), "ruled out", "unknown"),
    (BOTH, roles({"object": "service", "role": "Owner"}), "confirmed", "confirmed"),
    (BOTH, roles({"object": "admin", "role": "Key Vault Administrator"}), "confirmed", "unknown"),
    (BOTH, roles({"object": "team", "role": "Key Vault Administrator", "kind": "Group"}), "unknown", "unknown"),
    (
        BOTH,
        roles({"object": "service", "role": "Key Vault Administrator", "condition": "@Resource[x]"}),
        "unknown",
        "unknown",
    ),
]


@pytest.mark.parametrize(("machine", "vault", "knowing", "not_knowing"), CASES)
async def test_the_verdict_is_exact_with_the_services_object_id_and_never_guessed_without(
    machine: dict[str, Any],
    vault: dict[str, Any],
    knowing: str,
    not_knowing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared = world(machine, vault)
    assert (await verdict(declared, tmp_path / "a", monkeypatch, service=True)).says == knowing
    assert (await verdict(declared, tmp_path / "b", monkeypatch)).says == not_knowing


async def test_two_key_vaults_are_asked_each_for_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bek = {"name": "kv-1", "access_policies": [{"object": "service", "secrets": ALL}]}
    kek = {"name": "kv-2", "access_policies": [{"object": "service", "secrets": ALL}]}
    declared = world({"key_vault": "kv-1", "kek": "kv-2"}, bek, kek)
    found = await verdict(declared, tmp_path, monkeypatch, service=True)
    assert found.says == "confirmed" and "kv-1" not in found.reason
    assert "keys get, keys list, keys backup" in found.reason and "secrets" not in found.reason


async def test_the_grant_of_an_access_policy_names_what_is_needed_and_keeps_what_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = {"object": "service", "secrets": ["get", "set"], "keys": ["sign"]}
    declared = world({"key_vault": "kv-1"}, policies(held))
    found = await verdict(declared, tmp_path / "a", monkeypatch, service=True)
    assert "az keyvault set-policy --name kv-1" in found.instructions
    assert "--secret-permissions get list backup set" in found.instructions
    assert "--key-permissions" not in found.instructions and "--object-id" in found.instructions
    told = (await verdict(world(BOTH, policies()), tmp_path / "b", monkeypatch)).instructions
    assert f"--spn {AZURE_BACKUP_APP} --secret-permissions get list backup --key-permissions get list backup" in told
    assert "any other cloud has another" in told and "grants nothing" in told


async def test_the_grant_of_a_role_names_the_role_and_the_least_that_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = world({"key_vault": "kv-1"}, roles())
    said = (await verdict(declared, tmp_path, monkeypatch, service=True)).instructions
    assert 'az role assignment create --role "Key Vault Administrator"' in said and "/vaults/kv-1'" in said
    assert "Microsoft.KeyVault/vaults/secrets/backup/action" in said and "vaults/keys" not in said


async def test_who_may_be_the_service_is_named_with_the_way_to_find_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [{**SERVICE, "object": f"admin-{n}"} for n in range(5)]
    found = await verdict(world(BOTH, policies(*many)), tmp_path, monkeypatch)
    assert found.says == "unknown" and "and 2 more" in found.reason
    assert f"az ad sp show --id {AZURE_BACKUP_APP} --query id" in found.instructions
    assert "set-policy" in found.instructions and "BACKUP_SERVICE_OBJECT_ID" in found.instructions


@pytest.mark.parametrize(("firewall", "named"), [("open", False), ("trusted", False), ("closed", True)])
async def test_a_firewall_that_keeps_azure_backup_out_is_named_as_well(
    firewall: str, named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = await verdict(world(BOTH, policies(firewall=firewall)), tmp_path / "a", monkeypatch)
    assert ("--bypass AzureServices" in lacking.instructions) == named
    held = await verdict(world(BOTH, policies(SERVICE, firewall=firewall)), tmp_path / "b", monkeypatch, service=True)
    assert held.says == "ruled out" and ("--bypass AzureServices" in held.reason) == named


@pytest.mark.parametrize(
    "what",
    [
        "Microsoft.Compute/disks/read",
        "Microsoft.KeyVault/vaults/read",
        "Microsoft.Authorization/roleAssignments/read",
        "Microsoft.Authorization/roleDefinitions/read",
    ],
)
async def test_what_may_not_be_read_is_unknown_and_named(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await looked("key_vault_rbac", tmp_path, monkeypatch, role=Role(("*",), (what,)))
    assert found.cause == UNKNOWN and what in found.verdict.reason


async def test_a_key_vault_that_is_gone_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(BOTH, policies()), tmp_path, monkeypatch) as driver:
        driver.box.model.key_vaults.remove(next(iter(driver.box.model.key_vaults)).id)
        found = await diagnose(facts(driver), CODE)
        assert found.cause == UNKNOWN and "kv-1" in found.verdict.reason


async def test_the_setting_reaches_the_diagnosis_of_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With it the case is decided by what the service itself holds."""
    declared = world(BOTH, policies({**SERVICE, "object": "admin"}))
    async with driving(declared, tmp_path / "a", monkeypatch) as driver:
        await driver.announce_all()
        assert (await driver.run())[0].cause == UNKNOWN
    async with driving(declared, tmp_path / "b", monkeypatch) as driver:
        told = replace(driver.engine.settings, backup_service_object_id=facts(driver, True).backup_service)
        driver.engine = replace(driver.engine, settings=told)
        await driver.announce_all()
        assert (await driver.run())[0].cause == "key_vault_rights"


async def test_an_extension_that_names_no_key_vault_is_unknown_unless_a_disk_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension = {
        "name": "ade",
        "publisher": "Microsoft.Azure.Security",
        "type": "AzureDiskEncryption",
        "version": "1.1",
    }
    async with driving(world({"extensions": [extension]}), tmp_path, monkeypatch) as driver:
        with pytest.raises(Unknown, match="does not say in which Key Vault"):
            await CAUSES["key_vault_rights"].examine(facts(driver))
