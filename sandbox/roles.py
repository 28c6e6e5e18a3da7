"""What a role allows: its actions with Azure's wildcards, less what it takes away again."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Role:
    """Actions with `*` for any run of characters; what `not_actions` names is taken away again."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        return covers(self.actions, action) and not covers(self.not_actions, action)


EVERYTHING = Role(("*",))


def covers(patterns: Iterable[str], action: str) -> bool:
    """Whether one of the patterns fits the action, without regard to case."""
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
