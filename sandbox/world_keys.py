"""The keys that a world may declare. What is not named here is a mistake of the writer, and is said so."""

from typing import Any


class BadWorld(Exception):
    """A world file says what the sandbox does not know; the text names the key."""


_FAILURE = {"code", "trigger", "alert", "text", "recommendations"}
_EXPECT = {"cause", "outcome", "decision", "recurs"}
_EXTENSION = {"name", "publisher", "type", "version", "state", "message"}
_MACHINE = {
    *("name", "group", "os", "size", "power", "agent", "agent_version", "disks_gb", "encrypted", "tags"),
    *("recovery_points", "restore_points", "restore_group", "unvaulted", "file_session", "disk_access"),
    *("snapshot_extension", "snapshot_message", "extensions", "protection_state", "soft_deleted", "recreated", "gone"),
    *("cleanup_stuck", "limit_reported_by_compute", "always_fails", "next_failures", "transfer_failures"),
    *("transfer_minutes", "updating_minutes", "reapply_heals", "still_running", "failure", "expect"),
}
_POLICY = {
    *("name", "version", "snapshot_days", "daily_retention", "hour", "minute", "consistency"),
    *("group_prefix", "group_suffix"),
}
_TABLES = {
    "vault": {"name", "group", "resource_guard", "guard_protects", "immutability", "tags"},
    "policy": _POLICY,
    "storage": {"name", "group", "sku"},
    "lock": {"scope", "name", "level", "notes"},
    "deny_assignment": {"scope", "name", "actions", "description"},
    "deny_delete_policy": {"scope", "name", "types", "initiative"},
    "resource": {"group", "type", "name"},
    "storm": {"seed", "per_machine", "shapes", "resolved"},
    "machine": _MACHINE,
}
_WORLD = {
    *("name", "title", "start", "location", "subscription", "subscription_name", "requests_per_hour", "page_size"),
    *_TABLES,
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "decision": ("", "approve", "reject"),
    "immutability": ("Disabled", "Unlocked", "Locked"),
    "guard_protects": ("backup",),
    "trigger": ("alert", "sweep", "manual"),
    "level": ("CanNotDelete", "ReadOnly"),
}


def check_keys(declared: dict[str, Any]) -> None:
    """Raise BadWorld for the first unknown key, or for a value that is none of the known ones."""
    _check("the world", declared, _WORLD)
    for table, known in _TABLES.items():
        for one in _rows(declared.get(table, [])):
            _check(_called(table, one), one, known)
    for machine in _rows(declared.get("machine", [])):
        where = _called("machine", machine)
        _check(f"{where}.failure", machine.get("failure", {}), _FAILURE)
        _check(f"{where}.expect", machine.get("expect", {}), _EXPECT)
        for one in machine.get("extensions", []):
            _check(f"{where}.extensions", one, _EXTENSION)


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
