"""Holds a Bicep value against one of Azure's types: names, required and read-only properties, enums, kinds of values."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tree_sitter import Node

from infra.check import nodes
from infra.check.finding import Finding, error, warning
from infra.check.source import Source
from infra.check.type_data import Found

REQUIRED, READ_ONLY = 1, 2
"""Flags of a property (bicep-types, TypePropertyFlags)."""
OF_BICEP = frozenset({"parent", "scope", "dependsOn"})
"""What every resource may have besides the properties of its type."""
LITERAL_TYPES = {
    "StringType": "string",
    "IntegerType": "int",
    "BooleanType": "bool",
    "ObjectType": "object",
    "DiscriminatedObjectType": "object",
    "ArrayType": "array",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Checks values of one file."""

    source: Source

    def check(self, value: Node, type_: Found, path: str = "") -> Iterator[Finding]:
        """What is wrong with a value. What an expression comes to is not known, so it is not checked."""
        for literal in self._literals(value):
            wanted, given = LITERAL_TYPES.get(type_.kind), nodes.LITERALS.get(literal.type)
            if given is None:
                continue
            if wanted and given != wanted:
                yield self._error(literal, f"{path or 'the body'}: takes {_a(wanted)}, not {_a(given)}")
                continue
            match type_.kind:
                case "ObjectType":
                    yield from self._object(literal, type_, path)
                case "DiscriminatedObjectType":
                    yield from self._discriminated(literal, type_, path)
                case "ArrayType":
                    yield from self._array(literal, type_, path)
                case "UnionType":
                    yield from self._union(literal, type_, path)
                case "StringType" | "StringLiteralType":
                    yield from self._string(literal, type_, path)
                case "IntegerType":
                    yield from self._integer(literal, type_, path)

    def _literals(self, value: Node) -> Iterator[Node]:
        """The values that an expression may come to, as far as they are written down."""
        match value.type:
            case "parenthesized_expression":
                yield from self._literals(nodes.values(value)[0])
            case "ternary_expression":
                for branch in nodes.values(value)[1:]:
                    yield from self._literals(branch)
            case "identifier":
                if one := self.source.named("var", nodes.text(value)):
                    yield from self._literals(nodes.values(one.node)[-1])
            case _:
                yield value

    def _object(self, value: Node, type_: Found, path: str) -> Iterator[Finding]:
        given: set[str] = set()
        computed = False
        for prop in nodes.values(value):
            name = nodes.key(prop) if prop.type == "object_property" and len(nodes.values(prop)) > 1 else None
            if name is None:
                computed = True
                continue
            if name in given:
                yield self._error(prop, f"{_at(path, name)}: is given twice")
            given.add(name)
            if path or name not in OF_BICEP:
                yield from self._property(prop, name, type_, path)
        if not computed:
            yield from self._missing(value, given, type_, path)

    def _property(self, prop: Node, name: str, type_: Found, path: str) -> Iterator[Finding]:
        known: dict[str, Any] = type_.type["properties"]
        at = _at(path, name)
        if name in known:
            if known[name].get("flags", 0) & READ_ONLY:
                yield self._error(prop, f"{at}: is read-only")
            yield from self.check(nodes.value(prop), type_.at(known[name]["type"]), at)
        elif more := type_.type.get("additionalProperties"):
            yield from self.check(nodes.value(prop), type_.at(more), at)
        else:
            allowed = ", ".join(sorted(n for n, p in known.items() if not p.get("flags", 0) & READ_ONLY))
            yield self._error(prop, f"{at}: no such property; there are {allowed}")

    def _missing(self, value: Node, given: set[str], type_: Found, path: str) -> Iterator[Finding]:
        for name, prop in type_.type["properties"].items():
            if prop.get("flags", 0) & REQUIRED and name not in given:
                yield self._error(value, f"{_at(path, name)}: is missing")

    def _discriminated(self, value: Node, type_: Found, path: str) -> Iterator[Finding]:
        by = type_.type["discriminator"]
        told = nodes.properties(value).get(by)
        if told is None:
            yield self._error(value, f"{_at(path, by)}: is missing")
            return
        for name in filter(None, map(nodes.string_of, self._literals(told))):
            if (element := type_.type["elements"].get(name)) is None:
                known = ", ".join(type_.type["elements"])
                yield self._error(told, f"{_at(path, by)}: {name!r} is none of {known}")
                continue
            own = type_.at(element).type
            merged = {**own, "properties": {**type_.type["baseProperties"], **own["properties"]}}
            yield from self._object(value, type_.with_type(merged), path)

    def _array(self, value: Node, type_: Found, path: str) -> Iterator[Finding]:
        item = type_.at(type_.type["itemType"])
        for number, one in enumerate(nodes.values(value)):
            yield from self.check(nodes.inner(one), item, f"{path}[{number}]")

    def _union(self, value: Node, type_: Found, path: str) -> Iterator[Finding]:
        elements = [type_.at(one) for one in type_.type["elements"]]
        said = nodes.string_of(value)
        known = [one.type["value"] for one in elements if one.kind == "StringLiteralType"]
        if value.type != "string" and all(one.kind in ("StringType", "StringLiteralType") for one in elements):
            yield self._error(value, f"{path}: takes a string, not {_a(nodes.LITERALS[value.type])}")
        elif said is not None and known and said not in known:
            is_open = len(known) < len(elements)
            tell = warning if is_open else error
            yield tell(self.source.shown, nodes.line(value), f"{path}: {said!r} is none of {', '.join(known)}")

    def _string(self, value: Node, type_: Found, path: str) -> Iterator[Finding]:
        said = nodes.string_of(value)
        if said is None:
            return
        if type_.kind == "StringLiteralType":
            if said != type_.type["value"]:
                yield self._error(value, f"{path}: {said!r} is not {type_.type['value']!r}")
            return
        longest, shortest = type_.type.get("maxLength", len(said)), type_.type.get("minLength", 0)
        if not shortest <= len(said) <= longest:
            yield self._error(value, f"{path}: {said!r} must have {shortest} to {longest} characters")
        if (pattern := type_.type.get("pattern")) and not re.search(pattern, said):
            yield self._error(value, f"{path}: {said!r} does not fit {pattern}")

    def _integer(self, value: Node, type_: Found, path: str) -> Iterator[Finding]:
        number = int(nodes.text(value))
        low, high = type_.type.get("minValue", number), type_.type.get("maxValue", number)
        if not low <= number <= high:
            yield self._error(value, f"{path}: {number} is not from {low} to {high}")

    def _error(self, node: Node, text: str) -> Finding:
        return error(self.source.shown, nodes.line(node), text)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
