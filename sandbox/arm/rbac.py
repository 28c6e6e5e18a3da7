"""Role-based access: one role definition decides which actions a request may perform."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.arm.wire import Refusal
from sandbox.identity import client_of, principal_of
from sandbox.model import World


@dataclass(frozen=True, slots=True)
class Role:
    """Actions with `*` for any run of characters; what `not_actions` names is taken away again."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        return _any(self.actions, action) and not _any(self.not_actions, action)


def _any(patterns: tuple[str, ...], action: str) -> bool:
    return any(
        re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), action, re.IGNORECASE)
        for pattern in patterns
    )


def read_role(path: Path) -> Role:
    return parse_role(json.loads(path.read_text(encoding="utf-8")))


def parse_role(document: Any) -> Role:
    """A role definition as `az role definition create` takes it, or as ARM returns it; lists of them add up."""
    actions: list[str] = []
    not_actions: list[str] = []
    for one in document if isinstance(document, list) else [document]:
        body = one.get("properties", one)
        for block in body.get("permissions", [body]):
            actions += block.get("actions", block.get("Actions", []))
            not_actions += block.get("notActions", block.get("NotActions", []))
    return Role(tuple(actions), tuple(not_actions))


def check(role: Role | None, world: World, action: str | None, scope: str) -> None:
    """Raise 403 with ARM's words when the role does not hold the action. Without a role everything is allowed."""
    if role is None or action is None or role.allows(action):
        return
    text = (
        f"The client '{client_of(world)}' with object id '{principal_of(world)}' does not have authorization to "
        f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
        "please refresh your credentials."
    )
    raise Refusal(403, "AuthorizationFailed", text)
