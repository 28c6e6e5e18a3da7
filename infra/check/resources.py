"""Every resource against Azure's type data: does the type exist in this version, and does it take what it is given."""

from collections.abc import Iterator

from infra.check import nodes
from infra.check.finding import Finding, error, note
from infra.check.shapes import Shape
from infra.check.source import Declared, Source
from infra.check.type_data import TypeData

NOT_AT_HAND = frozenset({"microsoft.network"})
"""Providers whose type data the project does not hold (a megabyte a version): their resources are only parsed."""


def resources(source: Source, types: TypeData) -> Iterator[Finding]:
    for one in source.of_kind("resource"):
        yield from _resource(source, one, types)


def _resource(source: Source, one: Declared, types: TypeData) -> Iterator[Finding]:
    name, _, version = one.of.partition("@")
    provider = name.partition("/")[0]
    if not version:
        yield error(source.shown, one.line, f"resource {one.name} names no api version")
    elif types.version_is_known(provider, version) is not True:
        yield error(source.shown, one.line, f"{one.of}: Azure's type data has no such version of {provider}")
    elif body := types.body(one.of):
        if not one.existing:
            yield from Shape(source).check(one.value, body)
    elif provider.lower() in NOT_AT_HAND and not types.has(provider, version):
        yield note(source.shown, one.line, f"{one.of}: its types are not at hand, so only its syntax is checked")
    else:
        told = "is no type in the data at hand; mend its name, or add its types (infra/check/types/README.md)"
        yield error(source.shown, one.line, f"{one.of} {told}")


def unnamed(source: Source) -> Iterator[Finding]:
    """Every resource and every module needs a name."""
    for one in [*source.of_kind("resource"), *source.of_kind("module")]:
        if one.value.type == "object" and "name" not in nodes.properties(one.value):
            yield error(source.shown, one.line, f"{one.kind} {one.name} has no name")
