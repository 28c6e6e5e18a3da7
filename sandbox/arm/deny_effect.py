"""Policies with the effect deny, as Azure Policy shows their assignments and definitions."""

from sandbox import ids
from sandbox.arm.wire import Json
from sandbox.deny_policies import DenyPolicy
from sandbox.simulation import Simulation


def deny_assignment_body(sim: Simulation, policy: DenyPolicy) -> Json:
    return {
        "properties": {
            "displayName": policy.name,
            "policyDefinitionId": deny_definition_id(sim, policy),
            "scope": policy.scope,
            "notScopes": [],
            "parameters": {"tagName": {"value": policy.tag}} if policy.tag else {},
            "metadata": {},
            "enforcementMode": "Default",
        },
        "id": f"{policy.scope}/providers/Microsoft.Authorization/policyAssignments/{policy.name}",
        "type": "Microsoft.Authorization/policyAssignments",
        "name": policy.name,
    }


def deny_definition_id(sim: Simulation, policy: DenyPolicy) -> str:
    base = ids.subscription_id(sim.state.world.subscription)
    return f"{base}/providers/Microsoft.Authorization/policyDefinitions/{policy.name}"


def deny_definition_body(sim: Simulation, policy: DenyPolicy) -> Json:
    """Written as the built-in `Require a tag on resource groups` is, with the effect as a parameter."""
    tag = {"tagName": {"type": "String", "metadata": {"displayName": "Tag Name"}}} if policy.tag else {}
    effect = {"type": "String", "allowedValues": ["Audit", "Deny", "Disabled"], "defaultValue": "Deny"}
    return {
        "properties": {
            "displayName": policy.name,
            "policyType": "Custom",
            "mode": "All",
            "metadata": {"category": "Tags"},
            "parameters": {**tag, "effect": effect},
            "policyRule": {"if": _condition(policy), "then": {"effect": "[parameters('effect')]"}},
        },
        "id": deny_definition_id(sim, policy),
        "type": "Microsoft.Authorization/policyDefinitions",
        "name": policy.name,
    }


def _condition(policy: DenyPolicy) -> Json:
    kinds = list(policy.types)
    of_type: Json = {"field": "type", "equals": kinds[0]} if len(kinds) == 1 else {"field": "type", "in": kinds}
    if not policy.tag:
        return of_type
    lacking = {"field": "[concat('tags[', parameters('tagName'), ']')]", "exists": "false"}
    return {"allOf": [of_type, lacking]}
