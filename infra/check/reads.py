"""What expressions read from resources: `site.properties.defaultHostName` must be a property of a site."""

from collections.abc import Iterator

from tree_sitter import Node

from infra.check import nodes
from infra.check.finding import Finding, error
from infra.check.source import Source
from infra.check.type_data import Found, TypeData

OF_EVERY_RESOURCE = frozenset({"id", "name", "type", "apiVersion"})


def reads(source: Source, types: TypeData) -> Iterator[Finding]:
    """Names after a resource that its type does not have. What lies beyond a list or any value is not known."""
    for node in nodes.walk(source.root):
        whole = node.parent is None or node.parent.type != "member_expression" or node.parent.named_children[0] != node
        if node.type != "member_expression" or not whole:
            continue
        name, path = _path(node)
        resource = source.named("resource", name)
        body = types.body(resource.of) if resource else None
        if body and path[0] not in OF_EVERY_RESOURCE and (gone := _missing(body, path)):
            yield error(source.shown, nodes.line(node), f"{name} has no {gone} to read")


def _path(node: Node) -> tuple[str, list[str]]:
    """`site` and [`properties`, `defaultHostName`]; "" where it does not start with a name alone."""
    path: list[str] = []
    while node.type == "member_expression":
        path.insert(0, nodes.text(node.named_children[-1]))
        node = node.named_children[0]
    if node.type == "ternary_expression":  # the grammar draws `flag ? x : site.id` as if `.id` were of the whole
        node = node.named_children[-1]
    return (nodes.text(node) if node.type == "identifier" else ""), path


def _missing(body: Found, path: list[str]) -> str:
    """The part of the path that the type lacks, "" where there is none or it cannot be told."""
    at = body
    for place, name in enumerate(path):
        if at.kind != "ObjectType" or at.type.get("additionalProperties"):
            return ""
        if name not in at.type["properties"]:
            return ".".join(path[: place + 1])
        at = at.at(at.type["properties"][name]["type"])
    return ""
