"""Names that mean nothing, names that nobody uses, and parameters that say nothing of themselves."""

from collections.abc import Iterator

from tree_sitter import Node

from infra.check import nodes
from infra.check.finding import Finding, error, warning
from infra.check.source import KINDS, Source
from infra.check.words import words

NAMESPACES = frozenset({"az", "sys"})
FUNCTIONS = words("""any array base64 base64ToJson base64ToString bool cidrHost cidrSubnet concat contains dataUri dataUriToString
    dateTimeAdd dateTimeFromEpoch dateTimeToEpoch deployer deployment empty endsWith environment extensionResourceId fail
    filter first flatten format getSecret groupBy guid indexOf int intersection items join json last lastIndexOf length
    listKeys loadFileAsBase64 loadJsonContent loadTextContent loadYamlContent managementGroup managementGroupResourceId map
    mapValues max min nameof newGuid objectKeys padLeft parseCidr parseUri pickZones range reduce reference replace
    resourceGroup resourceId shallowMerge skip sort split startsWith string subscription subscriptionResourceId substring
    take tenant tenantResourceId toLogicalZone toLogicalZones toLower toObject toPhysicalZone toPhysicalZones toUpper trim
    union uniqueString uri uriComponent uriComponentToString utcNow""")
"""https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions"""
DECORATORS = words("""allowed batchSize description discriminator export maxLength maxValue metadata minLength minValue onlyIfNotExists
    retryOn sealed secure waitUntil""")
Use = tuple[str, Node]


def undefined(source: Source) -> Iterator[Finding]:
    """A name that is neither declared nor a function of Bicep's."""
    known = {one.name for one in source.declared if one.kind != "output"} | FUNCTIONS | NAMESPACES
    for name, node in _uses(source.root, frozenset()):
        if name not in known:
            yield error(source.shown, nodes.line(node), f"undefined symbol {name!r}")


def unused(source: Source) -> Iterator[Finding]:
    used = {name for name, _ in _uses(source.root, frozenset())}
    for one in source.declared:
        if one.kind in ("param", "var") and one.name not in used:
            yield warning(source.shown, one.line, f"{one.kind} {one.name} is not used")


def doubled(source: Source) -> Iterator[Finding]:
    """Two declarations of one name; an output may be named like anything else."""
    seen: set[tuple[bool, str]] = set()
    for one in source.declared:
        if (sign := (one.kind == "output", one.name)) in seen:
            yield error(source.shown, one.line, f"{one.name} is declared twice")
        seen.add(sign)


def undescribed(source: Source) -> Iterator[Finding]:
    for one in source.of_kind("param"):
        if "description" not in one.decorators:
            yield error(source.shown, one.line, f"param {one.name} has no @description")


def _uses(node: Node, scope: frozenset[str]) -> Iterator[Use]:
    """Each name that is used, without those that a loop or a lambda around it brings."""
    match node.type:
        case "identifier":
            if (name := nodes.text(node)) not in scope:
                yield name, node
        case "decorator":
            yield from (use for use in _below(node.children, scope) if use[0] not in DECORATORS)
        case "for_statement":
            yield from _in_loop(node, scope)
        case "lambda_expression":
            *before, body = node.named_children
            yield from _uses(body, scope | _names(before))
        case "user_defined_function":
            parameters = [child for child in node.named_children if child.type == "parameters"]
            yield from _below(node.named_children[-1:], scope | _names(parameters))
        case "object_property" | "resource_expression":
            named = node.named_children
            skipped = named[0] if node.type == "object_property" else named[-1]
            plain = skipped.type in ("identifier", "property_identifier")
            yield from _below([child for child in named if child != skipped or not plain], scope)
        case kind if kind in KINDS:
            declared = next((child for child in node.named_children if child.type == "identifier"), None)
            yield from _below([child for child in node.children if child != declared], scope)
        case "metadata_declaration" | "primitive_type":
            return
        case _:
            yield from _below(node.children, scope)


def _below(children: list[Node], scope: frozenset[str]) -> Iterator[Use]:
    for child in children:
        yield from _uses(child, scope)


def _in_loop(node: Node, scope: frozenset[str]) -> Iterator[Use]:
    """What is looped over does not know the loop's names yet."""
    initial, over, *rest = nodes.values(node)
    yield from _uses(over, scope)
    yield from _below(rest, scope | _names([initial]))


def _names(children: list[Node]) -> frozenset[str]:
    kinds = ("identifier", "loop_variable", "loop_enumerator")
    return frozenset(nodes.text(n) for child in children for n in nodes.walk(child) if n.type in kinds)
