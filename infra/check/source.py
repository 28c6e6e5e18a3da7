"""One Bicep file, parsed: what it declares, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

from infra.check import nodes
from infra.check.finding import Finding, error

KINDS = {
    "parameter_declaration": "param",
    "variable_declaration": "var",
    "resource_declaration": "resource",
    "module_declaration": "module",
    "output_declaration": "output",
    "type_declaration": "type",
    "user_defined_function": "func",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """One declaration. `of` is the text behind a resource's or a module's name: its type, or its file."""

    kind: str
    name: str
    node: Node
    decorators: frozenset[str]
    of: str = ""

    @property
    def line(self) -> int:
        return nodes.line(self.node)

    @property
    def value(self) -> Node:
        """What is declared: the default, the expression, or the body (inside `if` and `for`)."""
        return nodes.inner(nodes.values(self.node)[-1])

    @property
    def existing(self) -> bool:
        return any(child.type == "existing" for child in self.node.children)

    @property
    def type_name(self) -> str:
        """The primitive type of a parameter or an output, "" for any other."""
        found = [c for c in nodes.walk(self.node) if c.type == "primitive_type"]
        return nodes.text(found[0]) if found else ""

    @property
    def default(self) -> Node | None:
        """A parameter's default; None where a value must be given."""
        last = nodes.values(self.node)[-1]
        return None if last.type == "type" else last


@dataclass(frozen=True, slots=True)
class Source:
    """A Bicep file. `path` is where it lies, `shown` how findings name it."""

    path: Path
    shown: Path
    root: Node
    declared: tuple[Declared, ...]

    def of_kind(self, kind: str) -> list[Declared]:
        return [one for one in self.declared if one.kind == kind]

    def named(self, kind: str, name: str) -> Declared | None:
        return next((one for one in self.of_kind(kind) if one.name == name), None)

    @property
    def scope(self) -> str:
        """The targetScope; resourceGroup where none is said."""
        said = [child for child in self.root.children if child.type == "target_scope_assignment"]
        return (nodes.string_of(nodes.values(said[0])[-1]) if said else None) or "resourceGroup"


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_bicep.language()))


def read(path: Path, shown: Path | None = None) -> Source:
    """Parse a file. What cannot be parsed is told by `syntax`."""
    root = _parser().parse(path.read_bytes()).root_node
    return Source(path, shown or path, root, tuple(_declared(root)))


def read_all(folder: Path, root: Path) -> list[Source]:
    """main.bicep, rights.bicep and the modules, named as seen from the project's root."""
    files = sorted([*folder.glob("*.bicep"), *folder.glob("app/*.bicep")])
    return [read(file, file.relative_to(root)) for file in files]


def _declared(root: Node) -> Iterator[Declared]:
    decorators: frozenset[str] = frozenset()
    for child in root.children:
        if child.type == "decorators":
            calls = [one for one in nodes.walk(child) if one.type == "call_expression"]
            decorators = frozenset(nodes.text(one.named_children[0]) for one in calls)
        elif kind := KINDS.get(child.type):
            names = [one for one in child.named_children if one.type == "identifier"]
            strings = [one for one in child.named_children if one.type == "string"]
            of = (nodes.string_of(strings[0]) or "") if kind in ("resource", "module") and strings else ""
            yield Declared(kind, nodes.text(names[0]) if names else "", child, decorators, of)
            decorators = frozenset()


def syntax(source: Source) -> Iterator[Finding]:
    """What the grammar cannot read."""
    for node in nodes.walk(source.root):
        if node.is_missing:
            yield error(source.shown, nodes.line(node), f"syntax: {node.type!r} is missing")
        elif node.type == "ERROR":
            yield error(source.shown, nodes.line(node), f"syntax: cannot be read near {nodes.text(node)[:40]!r}")
