"""What the owners of a subscription forbid: locks, deny assignments, policies. Rows, replaced as a whole."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lock:
    """A management lock. One that was deleted stays in force until `in_force_until`."""

    id: str
    scope: str
    name: str
    level: str
    notes: str | None = None
    in_force_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DenyAssignment:
    """Keeps everyone from the actions that its patterns cover, at its scope and below."""

    scope: str
    name: str
    actions: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class DenyDeletePolicy:
    """A policy with the effect denyAction, assigned at its scope: no resource of these types is deleted below.

    With `initiative` it is a member of the policy set of that name, and the set is what is assigned.
    """

    scope: str
    name: str
    types: tuple[str, ...]
    initiative: str = ""
