"""Azure Policy, as far as it forbids deletions (denyAction) or creations (deny): assignments and their definitions."""

from sandbox import ids
from sandbox.arm.deny_effect import deny_assignment_body, deny_definition_body
from sandbox.arm.routes import route
from sandbox.arm.scopes import asks_at_scope, require_scope
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.governance import DenyDeletePolicy
from sandbox.simulation import Simulation

_SINCE = "2019-09-01"


def assignment_id(policy: DenyDeletePolicy) -> str:
    name = policy.initiative or policy.name
    return f"{policy.scope}/providers/Microsoft.Authorization/policyAssignments/{name}"


def definition_id(sim: Simulation, policy: DenyDeletePolicy) -> str:
    base = ids.subscription_id(sim.state.world.subscription)
    return f"{base}/providers/Microsoft.Authorization/policyDefinitions/{policy.name}"


def assigned_id(sim: Simulation, policy: DenyDeletePolicy) -> str:
    """What is assigned: the policy itself, or the initiative that it is a member of."""
    base = f"{ids.subscription_id(sim.state.world.subscription)}/providers/Microsoft.Authorization"
    return f"{base}/policySetDefinitions/{policy.initiative}" if policy.initiative else definition_id(sim, policy)


def assignment_body(sim: Simulation, policy: DenyDeletePolicy) -> Json:
    return {
        "properties": {
            "displayName": policy.initiative or policy.name,
            "policyDefinitionId": assigned_id(sim, policy),
            "scope": policy.scope,
            "notScopes": [],
            "parameters": {},
            "metadata": {},
            "enforcementMode": "Default",
        },
        "id": assignment_id(policy),
        "type": "Microsoft.Authorization/policyAssignments",
        "name": policy.initiative or policy.name,
    }


def _rule(policy: DenyDeletePolicy) -> Json:
    kinds = list(policy.types)
    chosen = {"field": "type", "equals": kinds[0]} if len(kinds) == 1 else {"field": "type", "in": kinds}
    return {"if": chosen, "then": {"effect": "denyAction", "details": {"actionNames": ["delete"]}}}


def definition_body(sim: Simulation, policy: DenyDeletePolicy) -> Json:
    return {
        "properties": {
            "displayName": policy.name,
            "policyType": "Custom",
            "mode": "All",
            "metadata": {"category": "General"},
            "parameters": {},
            "policyRule": _rule(policy),
        },
        "id": definition_id(sim, policy),
        "type": "Microsoft.Authorization/policyDefinitions",
        "name": policy.name,
    }


@route(
    "GET",
    "/{scope+}/providers/Microsoft.Authorization/policyAssignments",
    "Microsoft.Authorization/policyAssignments/read",
    _SINCE,
)
def list_assignments(sim: Simulation, call: Call) -> Reply:
    """Docs: those at the scope and above it, and without `atScope()` those below it too."""
    scope, above_only = require_scope(sim, call), asks_at_scope(call)
    bodies = [assignment_body(sim, one) for one in sim.state.deny_delete_policies]
    bodies += [deny_assignment_body(sim, one) for one in sim.state.deny_policies]
    found = (
        one
        for one in bodies
        if ids.under(scope, one["properties"]["scope"])
        or (not above_only and ids.under(one["properties"]["scope"], scope))
    )
    return Reply(200, {"value": list({one["id"]: one for one in found}.values())})  # an initiative is one assignment


@route(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Authorization/policyDefinitions/{name}",
    "Microsoft.Authorization/policyDefinitions/read",
    _SINCE,
)
def get_definition(sim: Simulation, call: Call) -> Reply:
    name = call.names["name"]
    for one in sim.state.deny_delete_policies:
        if one.name.lower() == name.lower():
            return Reply(200, definition_body(sim, one))
    for other in sim.state.deny_policies:
        if other.name.lower() == name.lower():
            return Reply(200, deny_definition_body(sim, other))
    raise Refusal(404, "PolicyDefinitionNotFound", f"The policy definition '{name}' could not be found.")


@route(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Authorization/policySetDefinitions/{name}",
    "Microsoft.Authorization/policySetDefinitions/read",
    _SINCE,
)
def get_initiative(sim: Simulation, call: Call) -> Reply:
    name = call.names["name"]
    members = [one for one in sim.state.deny_delete_policies if one.initiative.lower() == name.lower()]
    if not members:
        raise Refusal(404, "PolicySetDefinitionNotFound", f"The policy set definition '{name}' could not be found.")
    return Reply(200, _initiative_body(sim, members))


def _initiative_body(sim: Simulation, members: list[DenyDeletePolicy]) -> Json:
    name = members[0].initiative
    listed = [
        {"policyDefinitionReferenceId": one.name, "policyDefinitionId": definition_id(sim, one)} for one in members
    ]
    return {
        "properties": {
            "displayName": name,
            "policyType": "Custom",
            "metadata": {"category": "General"},
            "parameters": {},
            "policyDefinitions": [{**one, "parameters": {}} for one in listed],
        },
        "id": assigned_id(sim, members[0]),
        "type": "Microsoft.Authorization/policySetDefinitions",
        "name": name,
    }
