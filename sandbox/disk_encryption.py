"""Machines under Azure Disk Encryption, and whether Azure Backup reaches their keys."""

from dataclasses import replace
from typing import Any

from sandbox import ids
from sandbox.build_rules import ensure_group
from sandbox.key_vaults import SERVICE, Access, DiskKeys, Granted, KeyVault, data_actions, service_of
from sandbox.model import Extension, Machine
from sandbox.roles import covers
from sandbox.simulation import Simulation

_PERMISSIONS = ("get", "list", "backup")
_SECRETS = ("secrets/getSecret/action", "secrets/backup/action", "secrets/readMetadata/action")
_WRAPPING = ("keys/read", "keys/backup/action")
Declared = dict[str, Any]


def build_key_vaults(sim: Simulation, declared: Declared) -> None:
    for one in declared.get("key_vault", []):
        vault = vault_id(sim, one["name"], one.get("group", "rg-keys"))
        access = tuple(_access(sim, each) for each in one.get("access_policies", ()))
        roles = tuple(_granted(sim, vault, each) for each in one.get("roles", ()))
        rbac, firewall = one.get("rbac", False), one.get("firewall", "open")
        sim.state.key_vaults.put(KeyVault(vault, one["name"], sim.state.world.location, rbac, access, roles, firewall))


def vault_id(sim: Simulation, name: str, group: str) -> str:
    return f"{ensure_group(sim, group)}/providers/Microsoft.KeyVault/vaults/{name}"


def _access(sim: Simulation, declared: Declared) -> Access:
    return Access(_object(sim, declared), tuple(declared.get("secrets", ())), tuple(declared.get("keys", ())))


def _granted(sim: Simulation, vault: str, declared: Declared) -> Granted:
    scope = ids.subscription_id(sim.state.world.subscription) if declared.get("scope") == "subscription" else vault
    more = {key: declared[key] for key in ("kind", "condition") if key in declared}
    actions = tuple(declared.get("data_actions", ()))
    return Granted(_object(sim, declared), declared["role"], scope, data_actions=actions, **more)


def _object(sim: Simulation, declared: Declared) -> str:
    """The object id of a principal: Azure Backup's service, or anybody whom the world names."""
    told = declared["object"]
    return service_of(sim.state.world.tenant) if told == SERVICE else ids.guid("principal", told)


def encrypted(sim: Simulation, machine: Machine, declared: Declared) -> Machine:
    """The machine with its disks encrypted by Azure Disk Encryption, where the world says so."""
    if "key_vault" not in declared:
        return machine
    known = {one.name: one.id for one in sim.state.key_vaults}
    vault, kek = known[declared["key_vault"]], known.get(declared.get("kek", ""), "")
    shown = declared.get("keys_shown", "extension")
    sim.state.disk_keys.put(DiskKeys(machine.id, vault, kek, shown))
    more = (_extension(machine),) if shown == "extension" else ()
    return sim.state.machines.put(replace(machine, encrypted=True, extensions=(*machine.extensions, *more)))


def _extension(machine: Machine) -> Extension:
    """Docs: schema 2.2 on Windows and 1.1 on Linux, without an Entra application."""
    name = "AzureDiskEncryptionForLinux" if machine.os == "Linux" else "AzureDiskEncryption"
    return Extension(name, "Microsoft.Azure.Security", name, "1.1" if machine.os == "Linux" else "2.2")


def keys_are_out_of_reach(sim: Simulation, machine: Machine) -> bool:
    """Whether Azure Backup's service lacks a right on the keys of the machine's disks."""
    keys = sim.state.disk_keys.get(machine.id)
    if keys is None:
        return False
    secrets, wrapping = sim.state.key_vaults.get(keys.key_vault), sim.state.key_vaults.get(keys.kek)
    return bool((secrets and not _may(sim, secrets, "secrets")) or (wrapping and not _may(sim, wrapping, "keys")))


def _may(sim: Simulation, vault: KeyVault, kind: str) -> bool:
    service = service_of(sim.state.world.tenant)
    if vault.rbac:
        held = [p for one in vault.roles if one.object == service for p in data_actions(one)]
        needed = _SECRETS if kind == "secrets" else _WRAPPING
        return all(covers(held, f"Microsoft.KeyVault/vaults/{action}") for action in needed)
    own = [getattr(one, kind) for one in vault.access if one.object == service]
    return {permission.lower() for one in own for permission in one} >= set(_PERMISSIONS)
