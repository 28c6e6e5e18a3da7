"""What the caller may do at a scope, as ARM tells it."""

from sandbox.arm.routes import route
from sandbox.arm.scopes import require_scope
from sandbox.arm.wire import Call, Json, Reply
from sandbox.roles import Role
from sandbox.simulation import Simulation


def permission_body(role: Role) -> Json:
    return {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": [],
        "notDataActions": [],
    }


@route(
    "GET",
    "/{scope+}/providers/Microsoft.Authorization/permissions",
    "Microsoft.Authorization/permissions/read",
    "2015-07-01",
)
def list_permissions(sim: Simulation, call: Call) -> Reply:
    """The one role, which is held at every scope of the subscription."""
    # ASSUMED: deny assignments do not show in this list.
    require_scope(sim, call)
    return Reply(200, {"value": [permission_body(call.role)]})
