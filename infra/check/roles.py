"""The engine's roles are those that its policy needs, and nothing in Bicep may grant rights to it beyond them."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.policy.file import read_policy
from engine.rights.role_files import text
from engine.rights.roles import of_each_kind, roles
from infra.check import nodes
from infra.check.finding import Finding, error
from infra.check.source import Source

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
KNOWN = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "92aaf0da-9dab-42b6-94a3-d43ce8d16293": "Log Analytics Contributor, for the policy's identity",
    "749f88d5-cbae-40b8-bcfc-e573ddc772fa": "Monitoring Contributor, for the policy's identity",
    "c717fb0c-d118-4c43-ab3d-ece30ac81fb3": "the policy by which vaults log to a workspace",
}
"""Every id of a built-in role or policy that Bicep may name
(https://learn.microsoft.com/azure/role-based-access-control/built-in-roles)."""
GRANT_RIGHTS = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
}


def current(folder: Path, policy: Path, root: Path) -> Iterator[Finding]:
    """Whether the files are what `make role` would write. Where they may be assigned, Bicep says itself."""
    for role in of_each_kind(roles(read_policy(policy.read_text("utf-8"), str(policy)))):
        file = folder / f"{role.kind.key}.json"
        found = json.loads(file.read_text("utf-8")) if file.exists() else {}
        if _essence(found) != _essence(json.loads(text(role))):
            yield error(file.relative_to(root), 0, "is not what the policy needs: run `make role`")


def _essence(role: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in role.items() if name != "AssignableScopes"}


def loaded(source: Source, folder: Path) -> Iterator[Finding]:
    """Bicep loads each of the role files and no other: one that is not there stops the deployment."""
    named = {Path(said).name: line for line, said in _loads(source)}
    there = {file.name for file in folder.glob("*.json")}
    for name in sorted(there - named.keys()):
        yield error(source.shown, 0, f"the role {name} is not defined here: the engine would lack it")
    for name in sorted(named.keys() - there):
        yield error(source.shown, named[name], f"there is no role {name}: run `make role`")


def _loads(source: Source) -> Iterator[tuple[int, str]]:
    for node in nodes.walk(source.root):
        called = nodes.text(node.named_children[0]) if node.type == "call_expression" else ""
        if called == "loadJsonContent" and (said := nodes.string_of(nodes.values(node.named_children[1])[0])):
            yield nodes.line(node), said


def known_ids(sources: Iterable[Source]) -> Iterator[Finding]:
    """Each id in Bicep is one that we know: a slip in an id is a role of somebody else's."""
    for source in sources:
        for node in nodes.walk(source.root):
            for found in GUID.finditer(nodes.text(node)) if node.type == "string_content" else ():
                name = found[0].lower()
                if name in GRANT_RIGHTS:
                    yield error(
                        source.shown, nodes.line(node), f"{GRANT_RIGHTS[name]} may do far more than the engine needs"
                    )
                elif name not in KNOWN and name.strip("0-"):
                    yield error(
                        source.shown, nodes.line(node), f"the id {name} is not known: add it to infra/check/roles.py"
                    )
