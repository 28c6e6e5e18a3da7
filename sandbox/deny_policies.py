"""Policies with the effect deny. Rows, replaced as a whole."""

from dataclasses import dataclass, fields

GROUPS = "Microsoft.Resources/subscriptions/resourceGroups"
COLLECTIONS = "Microsoft.Compute/restorePointCollections"


@dataclass(frozen=True, slots=True)
class DenyPolicy:
    """Assigned at its scope: nothing of these types is created below, or with `tag` nothing that lacks the tag."""

    scope: str
    name: str
    types: tuple[str, ...]
    tag: str = ""


KEYS = {one.name for one in fields(DenyPolicy)}
