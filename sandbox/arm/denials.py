"""What a role cannot grant away: refusals by deny assignments and by deny-delete policies."""

import json

from sandbox import ids
from sandbox.arm.deny_assignments import assignment_id as denial_id
from sandbox.arm.policies import assignment_id, definition_id
from sandbox.arm.rbac import caller
from sandbox.arm.wire import Call, Json, Refusal
from sandbox.denials import deny_assignment, deny_delete_policy
from sandbox.governance import DenyDeletePolicy
from sandbox.simulation import Simulation


def check_deny_assignments(sim: Simulation, actions: tuple[str, ...], resource: str) -> None:
    """Raise 403 where a deny assignment covers an action, whatever the role says (words as public reports show)."""
    for action in actions:
        found = deny_assignment(sim.state, action, resource)
        if found:
            text = (
                f"{caller(sim.state.world)} has permission to perform action '{action}' on scope '{resource}'; "
                f"however, the access is denied because of the deny assignment with name '{found.name}' and Id "
                f"'{denial_id(found).rsplit('/', 1)[1].replace('-', '')}' at scope '{found.scope}'."
            )
            raise Refusal(403, "DenyAssignmentAuthorizationFailed", text)


def check_policies(sim: Simulation, call: Call) -> None:
    """Raise 403 where a policy with the effect denyAction protects this type of resource from deletion."""
    if call.method != "DELETE":
        return
    found = deny_delete_policy(sim.state, ids.type_of(call.path), call.path)
    if found:
        name = call.path.rsplit("/", 1)[1]
        named = json.dumps([_identifiers(sim, found)])
        # ASSUMED: denyAction answers with the code and shape of deny; the docs name the status 403 only.
        text = f"Resource '{name}' was disallowed by policy. Policy identifiers: '{named}'."
        more: Json = {"target": name, "additionalInfo": [{"type": "PolicyViolation", "info": _violation(sim, found)}]}
        raise Refusal(403, "RequestDisallowedByPolicy", text, **more)


def _identifiers(sim: Simulation, policy: DenyDeletePolicy) -> Json:
    return {
        "policyAssignment": {"name": policy.initiative or policy.name, "id": assignment_id(policy)},
        "policyDefinition": {"name": policy.name, "id": definition_id(sim, policy)},
    }


def _violation(sim: Simulation, policy: DenyDeletePolicy) -> Json:
    return {
        "policyDefinitionDisplayName": policy.name,
        "policyDefinitionId": definition_id(sim, policy),
        "policyDefinitionName": policy.name,
        "policyDefinitionEffect": "denyAction",
        "policyAssignmentId": assignment_id(policy),
        "policyAssignmentName": policy.initiative or policy.name,
        "policyAssignmentScope": policy.scope,
    }
