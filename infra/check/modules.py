"""Modules: their file, what they are given, what is read from them, and where they are deployed."""

from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from infra.check import nodes
from infra.check.finding import Finding, error
from infra.check.source import Declared, Source, read

SCOPES = {"subscription": "subscription", "resourceGroup": "resourceGroup", "managementGroup": "managementGroup"}
"""Functions that name a scope."""


def modules(source: Source) -> Iterator[Finding]:
    """What is wrong with the modules that a file uses."""
    used: dict[str, Source] = {}
    for one in source.of_kind("module"):
        file = source.path.parent / one.of
        if not file.exists():
            yield error(source.shown, one.line, f"module {one.name}: there is no file {one.of}")
            continue
        used[one.name] = module = read(file, Path(one.of))
        yield from _given(source, one, module)
        yield from _scope(source, one, module)
    yield from _outputs(source, used)


def _given(source: Source, one: Declared, module: Source) -> Iterator[Finding]:
    params = nodes.properties(one.value).get("params")
    given = nodes.properties(params) if params else {}
    for name in given.keys() - {param.name for param in module.of_kind("param")}:
        yield error(source.shown, nodes.line(given[name]), f"module {one.name}: {one.of} has no param {name}")
    for param in module.of_kind("param"):
        if param.name not in given:
            if param.default is None:
                yield error(source.shown, one.line, f"module {one.name}: param {param.name} is missing")
            continue
        kind = nodes.LITERALS.get(given[param.name].type)
        if kind and param.type_name and kind != param.type_name:
            told = f"module {one.name}: param {param.name} takes {param.type_name}, not {kind}"
            yield error(source.shown, nodes.line(given[param.name]), told)


def _scope(source: Source, one: Declared, module: Source) -> Iterator[Finding]:
    scope = nodes.properties(one.value).get("scope")
    wanted = source.scope if scope is None else _named_scope(source, scope)
    if wanted and wanted != module.scope:
        yield error(
            source.shown, one.line, f"module {one.name} is deployed to a {wanted}, {one.of} is for a {module.scope}"
        )


def _named_scope(source: Source, scope: Node) -> str:
    """The kind of scope that an expression names; "" where that cannot be told."""
    if scope.type == "call_expression":
        return SCOPES.get(nodes.text(scope.named_children[0]), "")
    group = source.named("resource", nodes.text(scope))
    return "resourceGroup" if group and group.of.lower().startswith("microsoft.resources/resourcegroups@") else ""


def _outputs(source: Source, used: dict[str, Source]) -> Iterator[Finding]:
    for node in nodes.walk(source.root):
        if node.type != "member_expression" or (of := node.named_children[0]).type != "member_expression":
            continue
        name, output = _module_name(of), nodes.text(node.named_children[-1])
        if name in used and not used[name].named("output", output):
            yield error(source.shown, nodes.line(node), f"module {name} has no output {output}")


def _module_name(node: Node) -> str:
    """`one` of `one.outputs`, `one[0].outputs` and `flag ? one.outputs`, whose branches the grammar draws flat."""
    if nodes.text(node.named_children[-1]) != "outputs":
        return ""
    of = node.named_children[0]
    while of.type in ("subscript_expression", "ternary_expression", "binary_expression"):
        of = of.named_children[-1] if of.type != "subscript_expression" else of.named_children[0]
    return nodes.text(of)
