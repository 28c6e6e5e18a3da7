"""The language of Azure Policy's rules, as far as it is evaluated here. Pure.

What the JSON leaves open is None, never a guess (https://learn.microsoft.com/azure/governance/policy/concepts/
definition-structure-policy-rule).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gateway.arm import ids

Json = Mapping[str, Any]
FieldOf = Callable[[str], Any]
"""A field's value by its casefolded name: a text, None where it is known to be missing, OPEN where it cannot be told."""

OPEN = object()
"""The value of an expression or a field that cannot be told here."""
_PARAMETER = re.compile(r"\[parameters\('([^']+)'\)\]", re.IGNORECASE)
_TAG = re.compile(
    r"\[\s*concat\(\s*'tags\[(?:'')?'\s*,\s*parameters\('([^']+)'\)\s*,\s*'(?:'')?\]'\s*\)\s*\]", re.IGNORECASE
)
"""How the built-in definitions name a tag that is a parameter."""
_OPERATORS = (("equals", False), ("in", False), ("notequals", True), ("notin", True))


def assigned(assignment: Json, scope: str) -> bool:
    """Whether the assignment is enforced at the scope."""
    p = assignment.get("properties") or {}
    if str(p.get("enforcementMode") or "Default").casefold() == "donotenforce":
        return False
    return not any(ids.within(scope, excluded) for excluded in p.get("notScopes") or ())


def assignment_scope(assignment: Json) -> str:
    p = assignment.get("properties") or {}
    return str(p.get("scope") or assignment["id"].partition("/providers/Microsoft.Authorization/")[0])


def assignment_name(assignment: Json) -> str:
    return str((assignment.get("properties") or {}).get("displayName") or assignment["name"])


def parameters_of(told: Json, defined: Json, outer: Json | None = None) -> dict[str, Any]:
    """The values of a definition's parameters: those told, resolved by `outer` where given, else the defaults."""
    values = {name: (one or {}).get("defaultValue", OPEN) for name, one in defined.items()}
    given = {name: (one or {}).get("value", OPEN) for name, one in told.items()}
    resolved = {name: resolve(value, outer) for name, value in given.items()} if outer is not None else given
    return {name.casefold(): value for name, value in {**values, **resolved}.items()}


def effects_of(definition: Json, parameters: Json, overrides: Iterable[Json] = ()) -> list[Any]:
    """Every effect that the policy may have as it is assigned; one alone is certain, unless it is OPEN."""
    rule = (definition.get("properties") or {}).get("policyRule") or {}
    effect = resolve((rule.get("then") or {}).get("effect"), parameters)
    return [effect, *(one.get("value") for one in overrides if one.get("kind") == "policyEffect")]


def may_be(effect: Any, wanted: str) -> bool:
    return effect is OPEN or str(effect).casefold() == wanted


def resolve(value: Any, parameters: Json) -> Any:
    """The value of `[parameters('x')]`, or the tag that it names; any other expression of the language stays open."""
    if not isinstance(value, str) or not value.startswith("[") or value.startswith("[["):
        return value
    if found := _PARAMETER.fullmatch(value):
        return parameters.get(found[1].casefold(), OPEN)
    found = _TAG.fullmatch(value)
    name = parameters.get(found[1].casefold(), OPEN) if found else OPEN
    return f"tags[{name}]" if isinstance(name, str) else OPEN


def resolved(condition: Any, parameters: Json) -> Any:
    """The condition with its parameters put in; None stands where a value cannot be told."""
    if isinstance(condition, Mapping):
        return {str(name).casefold(): resolved(part, parameters) for name, part in condition.items()}
    if isinstance(condition, list):
        return [resolved(part, parameters) for part in condition]
    value = resolve(condition, parameters)
    return None if value is OPEN else value


def holds(condition: Json, field_of: FieldOf) -> bool | None:
    """Three-valued: True, False, or None where it asks for more than the fields tell."""
    if "allof" in condition:
        return _all([holds(part, field_of) for part in condition["allof"]])
    if "anyof" in condition:
        return _not(_all([_not(holds(part, field_of)) for part in condition["anyof"]]))
    if "not" in condition:
        return _not(holds(condition["not"], field_of))
    return _compared(condition, field_of)


def _compared(condition: Json, field_of: FieldOf) -> bool | None:
    name = str(condition.get("field") or "").casefold()
    value = field_of(name)
    if value is OPEN:
        return None
    if "exists" in condition:
        return {"true": value is not None, "false": value is None}.get(str(condition["exists"]).casefold())
    for operator, negated in _OPERATORS:
        if operator in condition:
            return _named(condition[operator], None if value is None else _written(name, value), negated, name)
    return None


def _named(wanted: Any, value: str | None, negated: bool, name: str) -> bool | None:
    listed = [_written(name, one) for one in (wanted if isinstance(wanted, list) else [wanted])]
    if value is not None and value in listed:
        return not negated
    return None if "" in listed else negated


def _written(name: str, value: Any) -> str:
    """As the service compares it: without regard to case, and `West Europe` is `westeurope`."""
    text = str(value or "").casefold()
    return text.replace(" ", "") if name == "location" else text


def _all(parts: list[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def _not(part: bool | None) -> bool | None:
    return None if part is None else not part
