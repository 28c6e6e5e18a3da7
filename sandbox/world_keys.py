"""The keys that a world may declare. What is not named here is a mistake of the writer, and is said so."""

from typing import Any

from sandbox.crowd import KEYS as CROWD
from sandbox.deny_policies import KEYS as DENY_POLICY
from sandbox.guest import KEYS
from sandbox.guest_common import KEYS as COMMON
from sandbox.guest_windows import KEYS as WINDOWS
from sandbox.key_vaults import KEYS as KEY_VAULT
from sandbox.network import KEYS as NETWORK
from sandbox.network import ROUTE_KEYS, RULE_KEYS
from sandbox.running_jobs import KEYS as RUNNING_JOB
from sandbox.running_jobs import PHASES


class BadWorld(Exception):
    """A world file says what the sandbox does not know; the text names the key."""


_FAILURE = {"code", "trigger", "alert", "text", "recommendations"}
_EXPECT = {"cause", "outcome", "decision", "recurs", "first_cause"}
_EXTENSION = {"name", "publisher", "type", "version", "state", "message"}
_MACHINE = {
    *("name", "group", "os", "size", "power", "agent", "agent_version", "disks_gb", "encrypted", "tags"),
    *("recovery_points", "restore_points", "restore_group", "unvaulted", "file_session", "disk_access"),
    *("snapshot_extension", "snapshot_message", "extensions", "protection_state", "soft_deleted", "recreated", "gone"),
    *("cleanup_stuck", "limit_reported_by_compute", "always_fails", "next_failures", "transfer_failures"),
    *("transfer_minutes", "updating_minutes", "reapply_heals", "still_running", "failure", "expect", "guest"),
}
_MACHINE |= {"key_vault", "kek", "keys_shown", "stopped_by"}
_MACHINE |= {"network", "network_rules"}
_MACHINE |= {
    "running_job",
    "old_vault",
    "crowd",
    "arrives_after",
    "region",
    "snapshot_version",
    "agent_after",
    "backups_a_day",
    "change_failed",
    "classic",
}
_POLICY = {
    *("name", "version", "snapshot_days", "daily_retention", "hour", "minute", "consistency"),
    *("group_prefix", "group_suffix"),
}
_TABLES = {
    "vault": {"name", "group", "resource_guard", "guard_protects", "immutability", "tags"},
    "policy": _POLICY,
    "other_policy": _POLICY,
    "key_vault": KEY_VAULT,
    "storage": {"name", "group", "sku"},
    "lock": {"scope", "name", "level", "notes"},
    "deny_assignment": {"scope", "name", "actions", "description"},
    "deny_delete_policy": {"scope", "name", "types", "initiative"},
    "deny_policy": DENY_POLICY,
    "network": NETWORK,
    "resource": {"group", "type", "name"},
    "storm": {"seed", "per_machine", "shapes", "resolved"},
    "machine": _MACHINE,
}
_WORLD = {
    *("name", "title", "covers", "start", "location", "subscription", "subscription_name"),
    *("requests_per_hour", "page_size"),
    *_TABLES,
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "decision": ("", "approve", "reject"),
    "immutability": ("Disabled", "Unlocked", "Locked"),
    "guard_protects": ("backup",),
    "trigger": ("alert", "sweep", "manual"),
    "direction": ("Inbound", "Outbound"),
    "hop": ("Internet", "None", "VirtualAppliance", "VirtualNetworkGateway", "VnetLocal"),
    "level": ("CanNotDelete", "ReadOnly"),
    "job": PHASES,
    "firewall": ("open", "trusted", "closed"),
    "keys_shown": ("extension", "machine", "disk"),
}


def check_keys(declared: dict[str, Any]) -> None:
    """Raise BadWorld for the first unknown key, or for a value that is none of the known ones."""
    _check("the world", declared, _WORLD)
    for table, known in _TABLES.items():
        for one in _rows(declared.get(table, [])):
            _check(_called(table, one), one, known)
    for network in _rows(declared.get("network", [])):
        _check_network(_called("network", network), network)
    for machine in _rows(declared.get("machine", [])):
        where = _called("machine", machine)
        _check(f"{where}.failure", machine.get("failure", {}), _FAILURE)
        _check(f"{where}.expect", machine.get("expect", {}), _EXPECT)
        _check(f"{where}.guest", machine.get("guest", {}), KEYS)
        _check(f"{where}.guest.common", machine.get("guest", {}).get("common", {}), COMMON)
        _check(f"{where}.guest.windows", machine.get("guest", {}).get("windows", {}), WINDOWS)
        _check(f"{where}.running_job", machine.get("running_job", {}), RUNNING_JOB)
        _check(f"{where}.crowd", machine.get("crowd", {}), CROWD)
        _check(f"{where}.old_vault", machine.get("old_vault", {}), RUNNING_JOB)
        _check_network(where, machine, "network_rules")
        for one in machine.get("extensions", []):
            _check(f"{where}.extensions", one, _EXTENSION)


def _check_network(where: str, one: dict[str, Any], rules: str = "rules") -> None:
    for rule in one.get(rules, []):
        _check(f"{where}.{rules}", rule, RULE_KEYS)
        if rule.get("access", "Deny") not in ("Allow", "Deny"):
            raise BadWorld(f"{where}.{rules}: access = {rule['access']!r}; known: 'Allow', 'Deny'")
    for way in one.get("routes", []):
        _check(f"{where}.routes", way, ROUTE_KEYS)


def _rows(table: Any) -> list[dict[str, Any]]:
    return [table] if isinstance(table, dict) else list(table)


def _called(table: str, row: dict[str, Any]) -> str:
    return f"{table} {row['name']!r}" if "name" in row else table


def _check(where: str, row: dict[str, Any], known: set[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise BadWorld(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}")
    for key, allowed in _CHOICES.items():
        for value in row[key] if isinstance(row.get(key), list | tuple) else [row[key]] if key in row else []:
            if value not in allowed:
                raise BadWorld(f"{where}: {key} = {value!r}; known: {', '.join(map(repr, allowed))}")
