"""Encrypted machines: backed up only while Azure Backup's service may use their keys, and shown as Azure shows them."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox_arm import World, one_machine

ALL = ["get", "list", "backup"]
DENIED = ("Failed", "UserErrorKeyVaultPermissionsNotConfigured")
DONE = ("Completed", None)
SERVICE = {"object": "service", "secrets": ALL, "keys": ALL}
ADMINISTRATOR = {"role": "Key Vault Administrator"}


async def outcome(world: World, machine: dict[str, Any], **vault: Any) -> tuple[str, str | None]:
    arm = await world(one_machine(**machine, _world={"key_vault": [{"name": "kv", **vault}]}))
    job = await arm.start_backup()
    await arm.box.advance(timedelta(hours=1))
    ended = arm.job(job.name)
    return ended.status, ended.problem.title if ended.problem else None


@pytest.mark.parametrize(
    ("machine", "vault", "ends"),
    [
        ({}, {}, DONE),
        ({"key_vault": "kv"}, {}, DENIED),
        ({"key_vault": "kv"}, {"access_policies": [{**SERVICE, "keys": []}]}, DONE),
        ({"key_vault": "kv", "kek": "kv"}, {"access_policies": [{**SERVICE, "keys": []}]}, DENIED),
        ({"key_vault": "kv", "kek": "kv"}, {"access_policies": [SERVICE]}, DONE),
        ({"key_vault": "kv"}, {"access_policies": [{**SERVICE, "object": "admin"}]}, DENIED),
        ({"key_vault": "kv"}, {"access_policies": [SERVICE], "rbac": True}, DENIED),
        ({"key_vault": "kv"}, {"roles": [{"object": "service", **ADMINISTRATOR}], "rbac": True}, DONE),
        ({"key_vault": "kv"}, {"roles": [{"object": "admin", **ADMINISTRATOR}], "rbac": True}, DENIED),
    ],
)
async def test_a_backup_needs_the_rights_on_the_keys_of_the_disks(
    machine: dict[str, Any], vault: dict[str, Any], ends: tuple[str, str | None], world: World
) -> None:
    assert await outcome(world, machine, **vault) == ends


@pytest.mark.parametrize("shown", ["extension", "machine", "disk"])
async def test_encryption_shows_where_the_world_says(shown: str, world: World) -> None:
    declared = {"key_vault": "kv", "keys_shown": shown, "_world": {"key_vault": [{"name": "kv"}]}}
    arm = await world(one_machine(**declared))
    machine = next(iter(arm.box.model.machines))
    body = await arm.get(machine.id)
    disk = await arm.get(body["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"])
    settings = [e["properties"].get("settings") for e in body["resources"] if "Encryption" in e["name"]]
    assert bool(settings) == (shown == "extension") and all(settings)
    assert ("encryptionSettings" in body["properties"]["storageProfile"]["osDisk"]) == (shown == "machine")
    assert ("encryptionSettingsCollection" in disk["properties"]) == (shown != "machine")
