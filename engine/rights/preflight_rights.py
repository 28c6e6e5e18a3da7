"""What must be allowed where, against what Azure says that it allows. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.rights.roles import CUSTODIAN, GUEST, OPERATOR, READER, Kind, Role
from gateway.arm import ids
from gateway.arm.rights import DenyAssignment, Permissions

VAULT_ACTIONS = "microsoft.recoveryservices/vaults/"
GROUP_READS = (
    "microsoft.authorization/",
    "microsoft.compute/restorepointcollections/",
    "microsoft.resources/subscriptions/resourcegroups/",
)
MACHINE_READS = ("microsoft.compute/virtualmachines/",)


class Place(StrEnum):
    """What kind of scope is looked at: each needs other actions."""

    SUBSCRIPTION = "subscription"
    VAULT = "vault"
    POINTS = "restore point group"
    MACHINES = "machine group"


@dataclass(frozen=True, slots=True)
class Missing:
    """An action that no assignment gives, and the role that holds it."""

    action: str
    role: Kind


@dataclass(frozen=True, slots=True)
class Taken:
    """An action that a deny assignment takes away; `surely` is False where it may not mean our identity."""

    action: str
    deny: DenyAssignment
    surely: bool


def needs_at(place: Place, roles: Iterable[Role]) -> tuple[Missing, ...]:
    """The actions that must be allowed at such a scope, each as it would be missing."""
    every = [Missing(action, role.kind) for role in roles for action in role.actions]
    return tuple(one for one in every if _belongs(one.action.casefold(), one.role, place))


def _belongs(action: str, role: Kind, place: Place) -> bool:
    if role is OPERATOR and not action.startswith(VAULT_ACTIONS):
        return place is Place.SUBSCRIPTION  # fired alerts are resources of the subscription
    match place:
        case Place.SUBSCRIPTION:
            return role is READER
        case Place.VAULT:
            return action.startswith(VAULT_ACTIONS)
        case Place.POINTS:
            return role is CUSTODIAN or (role is READER and action.startswith(GROUP_READS))
        case Place.MACHINES:
            return role is GUEST or (role is READER and action.startswith(MACHINE_READS))


def of_action(action: str, roles: Iterable[Role]) -> tuple[Missing, ...]:
    """The action as it is missing; nothing where none of the roles holds it."""
    return tuple(Missing(one, role.kind) for role in roles for one in role.actions if ids.same(one, action))


def missing(needs: Iterable[Missing], held: Permissions) -> tuple[Missing, ...]:
    """What no assignment gives."""
    return tuple(one for one in needs if not held.allows(one.action))


def taken(needs: Iterable[Missing], denies: Iterable[DenyAssignment]) -> tuple[Taken, ...]:
    """What a deny assignment takes away, surely where it binds everyone and exempts nobody."""
    listed, wanted = list(denies), list(needs)
    return tuple(
        Taken(one.action, deny, deny.everyone and not deny.exempt)
        for deny in listed
        for one in wanted
        if deny.denies(one.action)
    )


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment calls its own: the identity of the app, and what ends the names of its roles."""

    identity: str
    suffix: str = ""

    def role(self, kind: Kind) -> str:
        """The role's name in the tenant, in which another deployment may have one without the ending."""
        return f"{kind.name}{self.suffix}"

    def assignment_command(self, kind: Kind, scope: str) -> str:
        """The `az` command that gives the role at the scope; it needs an Owner or a User Access Administrator."""
        return f'az role assignment create --assignee "{self.identity}" --role "{self.role(kind)}" --scope "{scope}"'
