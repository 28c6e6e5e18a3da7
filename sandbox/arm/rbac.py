"""Role-based access: refuses a request whose action the role does not hold."""

from sandbox.arm.wire import Refusal
from sandbox.identity import client_of, principal_of
from sandbox.model import World
from sandbox.roles import Role, parse_role, read_role

__all__ = ["Role", "caller", "check", "parse_role", "read_role"]


def caller(world: World) -> str:
    """The start of every refusal: who asked."""
    return f"The client '{client_of(world)}' with object id '{principal_of(world)}'"


def check(role: Role, world: World, actions: tuple[str, ...], scope: str) -> None:
    """Raise 403 with ARM's words for the first action that the role does not hold."""
    for action in actions:
        if not role.allows(action):
            text = (
                f"{caller(world)} does not have authorization to perform action '{action}' over scope '{scope}' or the "
                "scope is invalid. If access was recently granted, please refresh your credentials."
            )
            raise Refusal(403, "AuthorizationFailed", text)
