"""Deny assignments: reading them. Azure alone creates them (managed applications, deployment stacks)."""

from sandbox import ids
from sandbox.arm.routes import route
from sandbox.arm.scopes import asks_at_scope, require_scope
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.governance import DenyAssignment
from sandbox.simulation import Simulation

_PATH = "/{scope+}/providers/Microsoft.Authorization/denyAssignments"
_READ = "Microsoft.Authorization/denyAssignments/read"
_SINCE = "2018-07-01-preview"
# Docs: the principal of this id stands for everyone.
_EVERYONE = {"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}


def assignment_id(one: DenyAssignment) -> str:
    """The id ends with a guid; the name that people read is a property."""
    return f"{one.scope}/providers/Microsoft.Authorization/denyAssignments/{ids.guid(one.scope, one.name)}"


def deny_body(one: DenyAssignment) -> Json:
    denied = {"actions": list(one.actions), "notActions": [], "dataActions": [], "notDataActions": []}
    return {
        "properties": {
            "denyAssignmentName": one.name,
            "description": one.description,
            "permissions": [denied],
            "scope": one.scope,
            "doNotApplyToChildScopes": False,
            "principals": [_EVERYONE],
            "excludePrincipals": [],
            "isSystemProtected": True,
        },
        "id": assignment_id(one),
        "type": "Microsoft.Authorization/denyAssignments",
        "name": assignment_id(one).rsplit("/", 1)[1],
    }


@route("GET", _PATH, _READ, _SINCE)
def list_denials(sim: Simulation, call: Call) -> Reply:
    """Those at the scope and above it; without a filter, a list at the subscription shows those below too."""
    scope = require_scope(sim, call)
    # ASSUMED: only a list at the subscription reaches down, as with locks; the docs do not say it for groups.
    below = not asks_at_scope(call) and not ids.group_of(scope)
    found = (
        one
        for one in sim.state.deny_assignments
        if ids.under(scope, one.scope) or (below and ids.under(one.scope, scope))
    )
    return Reply(200, {"value": [deny_body(one) for one in found]})


@route("GET", _PATH + "/{name}", _READ, _SINCE)
def get_denial(sim: Simulation, call: Call) -> Reply:
    scope = require_scope(sim, call)
    wanted = f"{scope}/providers/Microsoft.Authorization/denyAssignments/{call.names['name']}".lower()
    for one in sim.state.deny_assignments:
        if assignment_id(one).lower() == wanted:
            return Reply(200, deny_body(one))
    raise Refusal(404, "DenyAssignmentNotFound", f"The deny assignment '{call.names['name']}' could not be found.")
