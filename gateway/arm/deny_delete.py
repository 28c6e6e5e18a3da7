"""Azure policies whose effect forbids deletion (denyAction), from their raw definitions and assignments. Pure.

What the JSON leaves open is None, never a guess (https://learn.microsoft.com/azure/governance/policy/concepts/effect-deny-action).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.arm.policy_rules import (
    OPEN,
    Json,
    assignment_name,
    assignment_scope,
    effects_of,
    holds,
    may_be,
    resolve,
    resolved,
)


@dataclass(frozen=True, slots=True)
class DenyDeletePolicy:
    """An assignment that may forbid deletion; `condition` is None where its definition cannot be told, `why` says so."""

    id: str
    name: str
    scope: str
    definition: str
    condition: Json | None
    why: str = ""

    def denies(self, resource_type: str) -> bool | None:
        """Whether it forbids deleting resources of the type; None where that depends on more, or cannot be told."""
        if self.condition is None:
            return None
        return holds(self.condition, lambda name: resource_type if name == "type" else OPEN)


def condition_of(definition: Json, parameters: Json, overrides: Iterable[Json] = ()) -> tuple[bool, Json | None]:
    """Whether a definition may forbid deletion, and under which condition; None where that cannot be told."""
    rule = (definition.get("properties") or {}).get("policyRule") or {}
    effects = effects_of(definition, parameters, overrides)
    if not any(may_be(one, "denyaction") for one in effects):
        return False, None
    actions = resolve(((rule.get("then") or {}).get("details") or {}).get("actionNames", ["delete"]), parameters)
    if isinstance(actions, list) and "delete" not in [str(one).casefold() for one in actions]:
        return False, None
    told = len(effects) == 1 and effects[0] is not OPEN and isinstance(actions, list)
    return True, resolved(rule.get("if") or {}, parameters) if told else None


def policies(assignment: Json, definition: Json, values: Json) -> list[DenyDeletePolicy]:
    """The policy as it is assigned, where it may forbid deletion."""
    p = assignment.get("properties") or {}
    forbids, condition = condition_of(definition, values, p.get("overrides") or ())
    if not forbids:
        return []
    if condition is None or p.get("resourceSelectors"):
        return [untold(assignment, definition["id"], "its effect or its reach depends on more than the type")]
    return [_of(assignment, definition["id"], condition)]


def untold(assignment: Json, definition_id: str, why: str) -> DenyDeletePolicy:
    """An assignment of which it cannot be told what it forbids."""
    return _of(assignment, definition_id, None, why)


def _of(assignment: Json, definition_id: str, condition: Json | None, why: str = "") -> DenyDeletePolicy:
    name, scope = assignment_name(assignment), assignment_scope(assignment)
    return DenyDeletePolicy(assignment["id"], name, scope, definition_id, condition, why)
