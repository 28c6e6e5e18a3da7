"""PowerShell scripts as trees, by a published grammar. It knows the language's form, and nothing of what a command does."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from remediations.guest import scripts

FOLDER = Path(scripts.__file__).with_name("scripts")
ALL = sorted(path.name for path in FOLDER.glob("*.ps1"))


@cache
def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def parse(source: str) -> Node:
    return Parser(Language(tree_sitter_powershell.language())).parse(source.encode()).root_node


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def said(node: Node) -> str:
    return (node.text or b"").decode()


def nodes(name: str, kind: str) -> list[Node]:
    return [node for node in walk(parse(text(name))) if node.type == kind]


def functions(name: str) -> set[str]:
    """The names of the functions that the script defines itself."""
    return {said(node) for node in nodes(name, "function_name")}


def commands(name: str) -> set[str]:
    """The commands that the script calls and does not define."""
    return {said(node) for node in nodes(name, "command_name")} - functions(name)


def methods(name: str) -> set[str]:
    """The names of the .NET methods that it calls."""
    calls = nodes(name, "invokation_expression")
    return {said(child) for call in calls for child in call.children if child.type == "member_name"}


def types(name: str) -> set[str]:
    """The .NET types that it names, and those it makes objects of."""
    made = {
        said(node).split("-TypeName ")[1].split()[0] for node in nodes(name, "command") if "-TypeName " in said(node)
    }
    return made | {said(node).strip("[]") for node in nodes(name, "type_literal")}
