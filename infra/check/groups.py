"""Where the deployment that azd knows puts things: in no resource group that it does not make in its own subscription.

`azd down` deletes every group that occurs among the resources of its deployment, whoever made it. It looks for it by its
name in the subscription that was deployed to, and stops where there is none
(https://github.com/Azure/azure-dev, cli/azd/pkg/azapi/standard_deployments.go).
"""

from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from infra.check import nodes
from infra.check.finding import Finding, error
from infra.check.source import Declared, Source, read

WITHOUT_A_GROUP = frozenset({"subscription", "managementGroup", "tenant"})
"""Functions that name a scope in which there is no group."""
GROUP = "microsoft.resources/resourcegroups@"


def foreign(source: Source, elsewhere: bool = False) -> Iterator[Finding]:
    """Each module and resource that may lie in a group of somebody else, or in one of another subscription.

    `elsewhere`: the file is deployed to another subscription.
    """
    for one in [*source.of_kind("resource"), *source.of_kind("module")]:
        scope = nodes.properties(one.value).get("scope")
        if scope is not None and not _is_ours(source, scope):
            told = f"{one.kind} {one.name} may lie in a group that is not made here, and `azd down` deletes groups"
            yield error(source.shown, one.line, f"{told}: move it to rights.bicep")
        if elsewhere and one.of.lower().startswith(GROUP):
            told = f"{one.kind} {one.name} lies in another subscription, and `azd down` looks for it in its own"
            yield error(source.shown, one.line, f"{told}: move it to rights.bicep")
        if one.kind == "module":
            yield from _inside(source, one, elsewhere or (scope is not None and _is_elsewhere(scope)))


def _inside(source: Source, one: Declared, elsewhere: bool) -> Iterator[Finding]:
    file = source.path.parent / one.of
    if file.exists():  # one that is not there is told by `modules`
        yield from foreign(read(file, source.shown.parent / Path(one.of)), elsewhere)


def _is_elsewhere(scope: Node) -> bool:
    """`subscription(...)` names one; `subscription()` is that which is deployed to."""
    called = scope.type == "call_expression" and nodes.text(scope.named_children[0]) == "subscription"
    return called and nodes.text(scope) != "subscription()"


def _is_ours(source: Source, scope: Node) -> bool:
    """A scope without a group, a group that this file makes, or a resource in the group of this file."""
    if scope.type == "call_expression":
        return nodes.text(scope.named_children[0]) in WITHOUT_A_GROUP
    named = source.named("resource", nodes.text(scope))
    return named is not None and not (named.existing and named.of.lower().startswith(GROUP))
