"""Azure policies whose effect forbids deletion (denyAction), from their raw definitions and assignments. Pure.

What the JSON leaves open is None, never a guess (https://learn.microsoft.com/azure/governance/policy/concepts/effect-deny-action).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.arm import ids

Json = Mapping[str, Any]

_PARAMETER = re.compile(r"\[parameters\('([^']+)'\)\]", re.IGNORECASE)
_OPEN = object()
"""The value of an expression that cannot be told here."""


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
        return None if self.condition is None else _holds(self.condition, resource_type.casefold())


def assigned(assignment: Json, scope: str) -> bool:
    """Whether the assignment is enforced at the scope."""
    p = assignment.get("properties") or {}
    if str(p.get("enforcementMode") or "Default").casefold() == "donotenforce":
        return False
    return not any(ids.within(scope, excluded) for excluded in p.get("notScopes") or ())


def parameters_of(told: Json, defined: Json, outer: Json | None = None) -> dict[str, Any]:
    """The values of a definition's parameters: those told, resolved by `outer` where given, else the defaults."""
    values = {name: (one or {}).get("defaultValue", _OPEN) for name, one in defined.items()}
    given = {name: (one or {}).get("value", _OPEN) for name, one in told.items()}
    resolved = {name: _resolve(value, outer) for name, value in given.items()} if outer is not None else given
    return {name.casefold(): value for name, value in {**values, **resolved}.items()}


def condition_of(definition: Json, parameters: Json, overrides: Iterable[Json] = ()) -> tuple[bool, Json | None]:
    """Whether a definition may forbid deletion, and under which condition; None where that cannot be told."""
    rule = (definition.get("properties") or {}).get("policyRule") or {}
    then = rule.get("then") or {}
    effect = _resolve(then.get("effect"), parameters)
    effects = [effect, *(one.get("value") for one in overrides if one.get("kind") == "policyEffect")]
    if not any(_may_be(one, "denyaction") for one in effects):
        return False, None
    actions = _resolve((then.get("details") or {}).get("actionNames", ["delete"]), parameters)
    if isinstance(actions, list) and "delete" not in [str(one).casefold() for one in actions]:
        return False, None
    told = len(effects) == 1 and effect is not _OPEN and isinstance(actions, list)
    condition = _resolved(rule.get("if") or {}, parameters) if told else None
    return True, condition


def _may_be(effect: Any, wanted: str) -> bool:
    return effect is _OPEN or str(effect).casefold() == wanted


def _resolve(value: Any, parameters: Json) -> Any:
    """The value of `[parameters('x')]`; any other expression of the policy language stays open."""
    if not isinstance(value, str) or not value.startswith("[") or value.startswith("[["):
        return value
    found = _PARAMETER.fullmatch(value)
    return parameters.get(found[1].casefold(), _OPEN) if found else _OPEN


def _resolved(condition: Any, parameters: Json) -> Any:
    if isinstance(condition, Mapping):
        return {str(name).casefold(): _resolved(part, parameters) for name, part in condition.items()}
    if isinstance(condition, list):
        return [_resolved(part, parameters) for part in condition]
    value = _resolve(condition, parameters)
    return None if value is _OPEN else value


def _holds(condition: Json, resource_type: str) -> bool | None:
    """Three-valued: True, False, or None where it asks for more than the type."""
    if "allof" in condition:
        return _all([_holds(part, resource_type) for part in condition["allof"]])
    if "anyof" in condition:
        return _not(_all([_not(_holds(part, resource_type)) for part in condition["anyof"]]))
    if "not" in condition:
        return _not(_holds(condition["not"], resource_type))
    return _compared(condition, resource_type)


def _compared(condition: Json, resource_type: str) -> bool | None:
    if str(condition.get("field") or "").casefold() != "type":
        return None
    for operator, negated in (("equals", False), ("in", False), ("notequals", True), ("notin", True)):
        if operator in condition:
            value = condition[operator]
            named = [str(one or "").casefold() for one in (value if isinstance(value, list) else [value])]
            if resource_type in named:
                return not negated
            return None if "" in named else negated
    return None


def _all(parts: list[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def _not(part: bool | None) -> bool | None:
    return None if part is None else not part
