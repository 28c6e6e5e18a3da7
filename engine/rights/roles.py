"""The four custom roles of a deployment, made from what its enabled modules need. Pure; `python -m engine.rights.role_files` writes them.

Which action falls into which role is a rule. Actions are explicit, never patterns, and none of them can grant rights: an action
that fits no role stops the generation.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.policy import Policy
from engine.rights.needs import READING_POSTS, Needs, needed
from gateway.arm import ids

ASSIGNABLE = "/subscriptions/00000000-0000-0000-0000-000000000000"
"""No subscription of anybody's: where a role may be assigned is said when its file is written."""

RETURNS = "Microsoft.Authorization/locks/write"
"""What gives a lifted lock back."""

IDLE = "Microsoft.Authorization/permissions/read"
"""All that a role holds which the policy does not need: the Reader holds it anyway, at every watched subscription. Azure takes no
role without actions, and a deployment that left the definition out would not take its rights away: what a template no longer
names stays (https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-modes)."""


class NoRole(ValueError):
    """An action that none of the roles may hold; the text names it, and what needs it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the four roles: where it is to be assigned, and which actions fall into it."""

    key: str
    name: str
    description: str
    fits: re.Pattern[str]


def _kind(key: str, name: str, description: str, fits: str) -> Kind:
    return Kind(key, f"Backup Runbooks {name}", description, re.compile(fits, re.IGNORECASE | re.ASCII))


_WORDS = r"[a-z0-9.]+(/[a-z0-9]+)*"
READER = _kind(
    "reader",
    "Reader",
    "Reads the evidence by which backup failures are diagnosed. Changes nothing. Assign it at each subscription.",
    rf"{_WORDS}/read|{'|'.join(map(re.escape, READING_POSTS))}",
)
OPERATOR = _kind(
    "vault_operator",
    "Vault Operator",
    "Triggers backups on demand, and closes the alerts of failures that are over. Assign it at each subscription.",
    rf"microsoft\.recoveryservices/{_WORDS}|microsoft\.alertsmanagement/alerts/changestate/action",
)
CUSTODIAN = _kind(
    "custodian",
    "Lock and Point Custodian",
    "Lifts and returns locks and deletes restore points. Assign it at groups of restore points only.",
    r"microsoft\.authorization/locks/(write|delete)|microsoft\.compute/restorepointcollections/(restorepoints/)?delete",
)
GUEST = _kind(
    "guest",
    "Guest",
    "Removes Azure Backup's own extension, runs the engine's scripts in guests, reapplies, restarts and redeploys machines. "
    "Assign it at the groups of protected machines.",
    rf"microsoft\.compute/virtualmachines/{_WORDS}",
)
KINDS = (READER, OPERATOR, CUSTODIAN, GUEST)
"""In this order an action is looked for: a read is a read wherever it happens."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role with the actions that it holds, sorted."""

    kind: Kind
    actions: tuple[str, ...]

    @property
    def description(self) -> str:
        """What people read of it in Azure."""
        return self.kind.description if self.actions else "Not needed by the policy; gives nothing beyond the Reader."

    def definition(self, scopes: Sequence[str] = (ASSIGNABLE,)) -> dict[str, Any]:
        """As `az role definition create --role-definition @file` takes it, assignable at these scopes and below."""
        return {
            "Name": self.kind.name,
            "IsCustom": True,
            "Description": self.description,
            "Actions": list(self.actions) or [IDLE],
            "NotActions": [],
            "DataActions": [],
            "NotDataActions": [],
            "AssignableScopes": list(scopes),
        }


def kind_of(action: str) -> Kind:
    """The role that an action belongs to. Raises NoRole for a pattern, and for what no role may hold."""
    if "*" in action:
        raise NoRole(f"{action} is a pattern: name each action")
    found = next((kind for kind in KINDS if kind.fits.fullmatch(action)), None)
    if found is None:
        grants = action.casefold().startswith("microsoft.authorization/")
        raise NoRole(f"{action} {'could grant rights' if grants else 'fits none of the roles'}")
    return found


def define(needs: Needs) -> tuple[Role, ...]:
    """The roles that together hold exactly these actions; a role without any is left out. Raises NoRole."""
    held: Mapping[str, list[str]] = {kind.key: [] for kind in KINDS}
    for action, who in needs.items():
        try:
            held[kind_of(action).key].append(action)
        except NoRole as e:
            raise NoRole(f"{e}; needed by {', '.join(who)}") from e
    return tuple(Role(kind, tuple(sorted(held[kind.key], key=str.casefold))) for kind in KINDS if held[kind.key])


def of_each_kind(made: Iterable[Role]) -> tuple[Role, ...]:
    """All four in their order, as a deployment defines them; one that is not needed holds no action."""
    found = {role.kind.key: role for role in made}
    return tuple(found.get(kind.key) or Role(kind, ()) for kind in KINDS)


def roles(policy: Policy) -> tuple[Role, ...]:
    """The roles of a deployment with this policy."""
    return define(needed(policy))


def returns_locks(made: Iterable[Role]) -> bool:
    """Whether one of the roles may give a lifted lock back."""
    return any(ids.same(action, RETURNS) for role in made for action in role.actions)
