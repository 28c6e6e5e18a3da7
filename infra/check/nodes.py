"""Small questions about Bicep's syntax tree, as tree-sitter draws it."""

from collections.abc import Iterator

from tree_sitter import Node

LITERALS = {"string": "string", "number": "int", "boolean": "bool", "object": "object", "array": "array"}
"""Kinds of nodes that are values, with Bicep's name of their type."""
WRAPPERS = ("if_statement", "for_statement")


def text(node: Node) -> str:
    return (node.text or b"").decode()


def line(node: Node) -> int:
    return node.start_point.row + 1


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the file."""
    yield node
    for child in node.children:
        yield from walk(child)


def string_of(node: Node) -> str | None:
    """The text of a string without interpolation; None for anything else."""
    if node.type != "string" or any(child.type == "interpolation" for child in node.children):
        return None
    return "".join(text(child) for child in node.children if child.type == "string_content").replace("\\'", "'")


def values(node: Node) -> list[Node]:
    """What an object or an array holds, without its comments."""
    return [child for child in node.named_children if child.type != "comment"]


def key(prop: Node) -> str | None:
    """The name of an object's property; None where it is computed, and for a nested resource."""
    first = prop.named_children[0]
    return text(first) if first.type in ("identifier", "property_identifier") else string_of(first)


def value(prop: Node) -> Node:
    return values(prop)[-1]


def properties(node: Node) -> dict[str, Node]:
    """The values of an object's named properties; of a name that comes twice the last."""
    props = [child for child in values(node) if child.type == "object_property" and len(values(child)) > 1]
    return {name: value(prop) for prop in props if (name := key(prop)) is not None}


def inner(node: Node) -> Node:
    """The object inside `if (...)` and `for ... :`."""
    while node.type in WRAPPERS:
        node = values(node)[-1]
    return node
