"""ARM's JSON of permissions and deny assignments turned into facts."""

from collections.abc import Mapping
from typing import Any

from gateway.arm.rights import Block, DenyAssignment, Principal

Json = Mapping[str, Any]


def block(raw: Json) -> Block:
    return Block(tuple(raw.get("actions") or ()), tuple(raw.get("notActions") or ()))


def deny_assignment(raw: Json) -> DenyAssignment:
    p = raw.get("properties") or {}
    return DenyAssignment(
        id=raw["id"],
        name=p.get("denyAssignmentName") or raw.get("name") or "",
        scope=p.get("scope") or raw["id"].partition("/providers/Microsoft.Authorization/")[0] or "/",
        blocks=tuple(map(block, p.get("permissions") or ())),
        principals=tuple(map(_principal, p.get("principals") or ())),
        exempt=tuple(map(_principal, p.get("excludePrincipals") or ())),
        children=not p.get("doNotApplyToChildScopes"),
    )


def _principal(raw: Json) -> Principal:
    return Principal(raw.get("id") or "", raw.get("type") or "")
