"""Azure policies whose effect forbids creating or writing a resource (deny), from their raw definitions and assignments. Pure.

What the JSON leaves open is None, never a guess (https://learn.microsoft.com/azure/governance/policy/concepts/effect-deny).
"""

from dataclasses import dataclass
from typing import Any

from gateway.arm.policy_rules import (
    OPEN,
    Json,
    assignment_name,
    assignment_scope,
    effects_of,
    holds,
    may_be,
    resolved,
)

GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
COLLECTIONS = "Microsoft.Compute/restorePointCollections"


@dataclass(frozen=True, slots=True)
class Creation:
    """What is to be created. `untagged`: it is known to bear no tag; else its tags cannot be told."""

    type: str
    location: str
    untagged: bool = False

    def field(self, name: str) -> Any:
        if name.startswith("tags"):
            return None if self.untagged else OPEN
        return {"type": self.type, "location": self.location or OPEN}.get(name, OPEN)


@dataclass(frozen=True, slots=True)
class DenyCreationPolicy:
    """An assignment that may forbid a creation; `condition` is None where its definition cannot be told, `why` says so.

    `indexed`: its definition looks at resources with tags and a location only, which resource groups are not.
    """

    id: str
    name: str
    scope: str
    definition: str
    condition: Json | None
    why: str = ""
    indexed: bool = False

    def denies(self, creation: Creation) -> bool | None:
        """Whether it forbids the creation; None where that depends on more, or cannot be told."""
        if self.indexed and creation.type.casefold() == GROUPS.casefold():
            return False
        return None if self.condition is None else holds(self.condition, creation.field)


def policies(assignment: Json, definition: Json, values: Json) -> list[DenyCreationPolicy]:
    """The policy as it is assigned, where it may forbid creating something in Resource Manager."""
    p, d = assignment.get("properties") or {}, definition.get("properties") or {}
    mode = str(d.get("mode") or "Indexed").casefold()
    effects = effects_of(definition, values, p.get("overrides") or ())
    if mode not in ("all", "indexed") or not any(may_be(one, "deny") for one in effects):
        return []  # another mode is of one provider's own data, such as Kubernetes'
    certain = len(effects) == 1 and effects[0] is not OPEN and not p.get("resourceSelectors")
    condition = resolved((d.get("policyRule") or {}).get("if") or {}, values) if certain else None
    why = "" if certain else "its effect or its reach depends on more than its definition"
    return [_of(assignment, definition["id"], condition, why, mode == "indexed")]


def untold(assignment: Json, definition_id: str, why: str) -> DenyCreationPolicy:
    """An assignment of which it cannot be told what it forbids."""
    return _of(assignment, definition_id, None, why)


def _of(
    assignment: Json, definition_id: str, condition: Json | None, why: str = "", indexed: bool = False
) -> DenyCreationPolicy:
    name, scope = assignment_name(assignment), assignment_scope(assignment)
    return DenyCreationPolicy(assignment["id"], name, scope, definition_id, condition, why, indexed)
