"""Which ARM actions a deployment needs, and what needs each: causes, the engine's own parts, the fixes that the policy enables. Pure.

A fix that the policy plans somewhere needs its reads; its writes are needed only where it may be approved or go by itself.

Causes and fixes declare theirs where they are defined. What the rest of the engine reads stands here, by module, as the gateway's
reads; a test holds it against the code.
"""

from collections.abc import Iterator, Mapping

import engine.catalog  # noqa: F401  (loads every cause and every fix)
from engine.causes.contract import CAUSES
from engine.policy import Mode, Policy
from gateway.arm.needs import actions_of
from gateway.arm.reads import Reads
from remediations.contract import REMEDIATIONS

Needs = Mapping[str, tuple[str, ...]]
"""Each action in Azure's spelling, with the names of what needs it; in order."""

ENGINE: Mapping[str, tuple[str, ...]] = {
    "sweep": ("query", "jobs", "item", "policy"),  # Resource Graph leaves out rows whose kind we may not read
    "locate": ("item_of_machine",),
    "brake": ("items_in_region",),
    "caps": ("items_of_vault",),
    "leases": ("lock",),
    "places": ("item", "machine"),
    "diagnose": ("job", "jobs", "machine", "vault"),
    "prove": ("job", "recovery_points", "policy"),
    "give_back": ("policy", "machine", "collections", "collection"),
    "preflight": ("query", "permissions", "deny_assignments", "collections", "resources_of_group"),
}
"""The gateway's reads that each part of the engine uses, itself or through the facts."""

CLOSES_ALERTS = "Microsoft.AlertsManagement/alerts/changestate/action"
READING_POSTS = ("microsoft.recoveryservices/locations/backupstatus/action",)
"""What changes nothing though Azure does not call it a read: it asks which vault protects a machine."""
PROVES = "trigger_backup"
"""Only where backups may be triggered does the engine close the alert of what it has proven."""


def needed(policy: Policy) -> Needs:
    """Every action that the enabled modules need, each once, however its parts spell it."""
    who: dict[str, set[str]] = {}
    spelled: dict[str, str] = {}
    for name, actions in _declared(policy):
        for action in actions:
            key = action.casefold()
            spelled[key] = min(action, spelled.get(key, action))
            who.setdefault(key, set()).add(name)
    return {spelled[key]: tuple(sorted(who[key])) for key in sorted(who)}


def _declared(policy: Policy) -> Iterator[tuple[str, tuple[str, ...]]]:
    reads = actions_of(Reads)
    for part, used in ENGINE.items():
        yield part, tuple(action for name in used for action in reads[name])
    for cause in CAUSES.values():
        yield cause.name, cause.permissions
    for fix in REMEDIATIONS.values():
        match policy.furthest(fix.name, fix.risk):
            case Mode.APPROVE | Mode.AUTO:
                yield fix.name, fix.permissions
            case Mode.PLAN:
                yield fix.name, tuple(filter(_reads, fix.permissions))
    if policy.furthest(PROVES, REMEDIATIONS[PROVES].risk) > Mode.PLAN:
        yield "tell", (CLOSES_ALERTS,)


def _reads(action: str) -> bool:
    return action.casefold().endswith("/read") or action.casefold() in READING_POSTS
