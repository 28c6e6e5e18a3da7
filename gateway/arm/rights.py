"""What roles allow and deny assignments forbid, as Azure reckons it. Pure.

Patterns hold `*` for any run of characters, and case does not matter. Within a block the exceptions are taken away; several
blocks add up, so what one excepts another may still name
(https://learn.microsoft.com/azure/role-based-access-control/role-definitions, .../deny-assignments).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from gateway.arm import ids

EVERYONE = "00000000-0000-0000-0000-000000000000"
"""The principal of a deny assignment that means all principals."""


@dataclass(frozen=True, slots=True)
class Block:
    """Actions with `*`, without those that `not_actions` names."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()

    def names(self, action: str) -> bool:
        return _any(self.actions, action) and not _any(self.not_actions, action)


@dataclass(frozen=True, slots=True)
class Permissions:
    """What our identity may do at a scope, by all its roles together."""

    blocks: tuple[Block, ...]

    def allows(self, action: str) -> bool:
        return any(block.names(action) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, group or service principal by its object id."""

    id: str
    type: str


@dataclass(frozen=True, slots=True)
class DenyAssignment:
    """A deny assignment; `children` is whether it holds below its scope too."""

    id: str
    name: str
    scope: str
    blocks: tuple[Block, ...]
    principals: tuple[Principal, ...]
    exempt: tuple[Principal, ...] = ()
    children: bool = True

    def denies(self, action: str) -> bool:
        return any(block.names(action) for block in self.blocks)

    def reaches(self, scope: str) -> bool:
        """Whether it holds at the scope: set there, or above it and handed down."""
        return ids.same(scope, self.scope) or (self.children and ids.within(scope, self.scope))

    @property
    def everyone(self) -> bool:
        """Whether it names all principals, leaving aside those it exempts."""
        return any(principal.id == EVERYONE for principal in self.principals)


def _any(patterns: tuple[str, ...], action: str) -> bool:
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns)


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE | re.ASCII)
