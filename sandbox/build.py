"""Builds a world from what its file declares: machines, their history, locks, and the failure that is announced."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import ids
from sandbox.backup.points import snapshot_extension
from sandbox.backup.schedule import plan_next_run
from sandbox.build_rules import build_rules, ensure_group
from sandbox.crowd import build_crowd
from sandbox.deny_effect import build_deny_policies
from sandbox.disk_encryption import build_key_vaults, encrypted
from sandbox.guest import declared_guest
from sandbox.history import write_history
from sandbox.model import Case, Extension, Item, Live, Machine, Policy, Storage, Vault, World
from sandbox.power import plan_agent, plan_arrival
from sandbox.running_jobs import build_running_jobs
from sandbox.simulation import Simulation
from sandbox.state import State
from sandbox.stopped import stop_protection
from sandbox.storm import plan_alerts
from sandbox.way_out import build_networks, join_network
from sandbox.world_keys import check_keys

START = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
_SUBSCRIPTION = "5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88"
_TENANT = "9d3e2a41-7b6c-4c58-8a90-2f6d1b3c5e70"
_CREATED = datetime(2025, 6, 3, 9, 41, 7, 124034, tzinfo=UTC)
_GUARD = "providers/Microsoft.DataProtection/resourceGuards/backup-guard"
# Docs: a soft-deleted item is kept for 14 days. ASSUMED: a world's item was deleted an hour before the start.
_KEPT_DELETED = timedelta(days=14) - timedelta(hours=1)
Declared = dict[str, Any]


def build(state: State, name: str, declared: Declared) -> Simulation:
    """Fill an empty state; afterwards the world stands at its start with its first events planned."""
    check_keys(declared)
    start = declared.get("start", START)
    state.live_rows.put(Live(start))
    state.world_rows.put(
        World(
            name,
            declared["title"],
            start,
            declared.get("subscription", _SUBSCRIPTION),
            declared.get("subscription_name", "Contoso Production"),
            _TENANT,
            declared.get("location", "westeurope"),
            ids.guid(name, "secret"),
            **_chosen(declared, "requests_per_hour", "page_size"),
        )
    )
    sim = Simulation(state)
    vault = _vault(sim, declared.get("vault", {}))
    policy = _policy(sim, vault, declared.get("policy", {}))
    for one in declared.get("storage", [{"name": "stvault001"}]):
        _storage(sim, one)
    for one in declared.get("other_policy", []):
        _policy(sim, vault, one)
    build_key_vaults(sim, declared)
    build_networks(sim, declared)
    build_deny_policies(sim, declared)
    cases = tuple(_machine(sim, vault, policy, one) for one in declared["machine"])
    state.world_rows.put(replace(state.world, cases=cases))
    build_rules(sim, declared)
    plan_next_run(sim, policy)
    plan_alerts(sim, declared)
    return sim


def _vault(sim: Simulation, declared: Declared) -> Vault:
    name, group = declared.get("name", "rsv-prod-01"), declared.get("group", "rg-backup")
    ensure_group(sim, group)
    vault = ids.vault_id(sim.state.world.subscription, group, name)
    protected = tuple(declared.get("guard_protects", ()))
    guard = f"{ids.group_id(sim.state.world.subscription, 'rg-security')}/{_GUARD}" if protected else None
    return sim.state.vaults.put(
        Vault(
            id=vault,
            name=name,
            group=group,
            location=sim.state.world.location,
            resource_guard=declared.get("resource_guard", guard),
            guard_protects=protected,
            **_chosen(declared, "immutability", "tags"),
        )
    )


def _policy(sim: Simulation, vault: Vault, declared: Declared) -> Policy:
    fields = {"name": "DailyPolicy", **declared}
    return sim.state.policies.put(Policy(id=f"{vault.id}/backupPolicies/{fields['name']}", vault=vault.id, **fields))


def _storage(sim: Simulation, declared: Declared) -> None:
    group = ensure_group(sim, declared.get("group", "rg-backup"))
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/{declared['name']}"
    sku = declared.get("sku", "Standard_LRS")
    sim.state.storage.put(Storage(account, declared["name"], sim.state.world.location, sku))


def _extensions(declared: Declared) -> tuple[Extension, ...]:
    found = [Extension(**one) for one in declared.get("extensions", [])]
    state = declared.get("snapshot_extension", "Succeeded")
    if state != "absent":
        text = declared.get("snapshot_message", "Plugin enabled")
        version = declared.get("snapshot_version", "1.0")
        found.append(snapshot_extension(declared.get("os", "Windows"), state, text, version))
    return tuple(found)


def _machine(sim: Simulation, vault: Vault, policy: Policy, declared: Declared) -> Case:
    """One machine, its protected item and its past. A machine that is gone leaves only the past."""
    name, group = declared["name"], declared.get("group", "rg-app")
    ensure_group(sim, group)
    machine = Machine(
        id=ids.machine_id(sim.state.world.subscription, group, name),
        name=name,
        group=group,
        location=declared.get("region", sim.state.world.location),
        vm_id=ids.guid(sim.state.world.name, name, "vm"),
        created=_CREATED,
        updating="updating_minutes" in declared,
        extensions=_extensions(declared),
        **_chosen(declared, "os", "size", "power", "agent", "agent_version", "reapply_heals", "encrypted", "tags"),
        **_chosen(declared, "change_failed"),
        disks_gb=tuple(declared.get("disks_gb", (127,))),
    )
    machine = encrypted(sim, sim.state.machines.put(machine), declared)
    join_network(sim, machine, declared)
    if "guest" in declared:
        sim.state.guests.put(declared_guest(machine.id, declared["guest"]))
    item = sim.state.items.put(_item(sim, vault, policy, machine, declared))
    write_history(sim, item, machine, declared)
    build_running_jobs(sim, sim.state.items.require(item.id), declared)
    build_crowd(sim, item, declared)
    plan_arrival(sim, machine, declared)
    plan_agent(sim, machine, declared)
    stop_protection(sim, item, declared)
    if declared.get("soft_deleted"):
        deleted = replace(sim.state.items.require(item.id), protection_state="ProtectionStopped")
        sim.state.items.put(replace(deleted, deferred_until=sim.now + _KEPT_DELETED))
    if "updating_minutes" in declared:
        sim.after(timedelta(minutes=declared["updating_minutes"]), "machine.updated", machine=machine.id)
    if declared.get("recreated"):  # same ARM id, new machine: the old points are of another one
        sim.state.machines.put(replace(machine, vm_id=ids.guid(machine.vm_id, "again")))
    if declared.get("classic"):
        # ASSUMED: an item of a classic machine looks like any other but for its machine's id and type; none was recorded.
        classic = machine.id.replace("/Microsoft.Compute/", "/Microsoft.ClassicCompute/")
        sim.state.items.put(replace(sim.state.items.require(item.id), machine=classic))
    if declared.get("gone") or declared.get("classic"):
        sim.state.machines.remove(machine.id)
    return _case(declared, item)


def _case(declared: Declared, item: Item) -> Case:
    failure, expect = declared.get("failure", {}), declared.get("expect", {})
    return Case(
        machine=item.machine_name,
        item=item.id,
        trigger=failure.get("trigger", "alert"),
        code=failure.get("code", ""),
        cause=expect.get("cause", ""),
        outcome=expect.get("outcome", ""),
        decision=expect.get("decision", ""),
        recurs=expect.get("recurs", False),
        first_cause=expect.get("first_cause", ""),
    )


def _chosen(declared: Declared, *names: str) -> Declared:
    return {name: declared[name] for name in names if name in declared}


def _item(sim: Simulation, vault: Vault, policy: Policy, machine: Machine, declared: Declared) -> Item:
    item = ids.item_id(vault.id, machine.group, machine.name)
    data = ids.digits(14, sim.state.world.name, machine.name, "data")
    group = declared.get("restore_group") or _restore_group(sim, policy)
    collection = f"AzureBackup_{machine.name}_{data}"
    fields = Item(
        id=item,
        vault=vault.id,
        machine=machine.id,
        machine_name=machine.name,
        machine_group=machine.group,
        container=ids.container_name(machine.group, machine.name),
        policy=policy.name,
        data_id=data,
        restore_group=group,
        collection=ids.collection_id(sim.state.world.subscription, group, collection),
        alert=declared.get("failure", {}).get("alert", "A1b"),
        **_chosen(declared, "cleanup_stuck", "limit_reported_by_compute", "always_fails", "protection_state"),
        **_chosen(declared, "transfer_minutes"),
    )
    return replace(
        fields,
        next_failures=tuple(declared.get("next_failures", ())),
        transfer_failures=tuple(declared.get("transfer_failures", ())),
    )


def _restore_group(sim: Simulation, policy: Policy) -> str:
    """AzureBackupRG_<geo>_<n>, or the policy's prefix and suffix around the number."""
    if policy.group_prefix:
        return f"{policy.group_prefix}1{policy.group_suffix or ''}"
    return f"AzureBackupRG_{sim.state.world.location}_1"
