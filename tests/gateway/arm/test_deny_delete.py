"""Policies that forbid deletion: effect, parameters, initiatives, exclusions; what cannot be told stays open."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.arm.deny_delete import DenyDeletePolicy, condition_of
from tests.gateway.arm.small_arm import answering
from tests.remediations.made import NOW

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-00000000000a"
GROUP = f"{SUBSCRIPTION}/resourceGroups/AzureBackupRG_westeurope_1"
PROVIDER = "providers/Microsoft.Authorization"
LIST = f"{GROUP}/{PROVIDER}/policyAssignments"
KIND = "Microsoft.Compute/restorePointCollections"
TYPE = {"field": "type", "equals": KIND}


def definition(condition: Any, effect: str = "denyAction", parameters: Any = None, name: str = "d") -> dict[str, Any]:
    rule = {"if": condition, "then": {"effect": effect, "details": {"actionNames": ["delete"]}}}
    path = f"{SUBSCRIPTION}/{PROVIDER}/policyDefinitions/{name}"
    return {"id": path, "name": name, "properties": {"policyRule": rule, "parameters": parameters or {}}}


def assignment(of: str, **properties: Any) -> dict[str, Any]:
    path = f"{SUBSCRIPTION}/{PROVIDER}/policyAssignments/a"
    return {
        "id": path,
        "name": "a",
        "properties": {"displayName": "Keep", "policyDefinitionId": of, "scope": SUBSCRIPTION, **properties},
    }


def policy(condition: Any) -> DenyDeletePolicy:
    forbids, told = condition_of(definition(condition), {})
    assert forbids
    return DenyDeletePolicy("a", "a", "s", "d", told)


@pytest.mark.parametrize(
    ("condition", "denied"),
    [
        (TYPE, True),
        ({"field": "Type", "Equals": KIND.lower()}, True),
        ({"field": "type", "in": ["x/y", KIND]}, True),
        ({"field": "type", "in": ["x/y"]}, False),
        ({"field": "type", "notEquals": KIND}, False),
        ({"field": "type", "notIn": ["x/y"]}, True),
        ({"not": TYPE}, False),
        ({"anyOf": [{"field": "type", "equals": "x/y"}, TYPE]}, True),
        ({"anyOf": [TYPE, {"field": "location", "equals": "westeurope"}]}, True),
        ({"allOf": [TYPE, {"field": "location", "equals": "westeurope"}]}, None),
        ({"allOf": [{"field": "type", "equals": "x/y"}, {"field": "name", "like": "*"}]}, False),
        ({"field": "type", "like": "Microsoft.Compute/*"}, None),
        ({"field": "type", "equals": "[concat('a', 'b')]"}, None),
        ({"value": "[resourceGroup().name]", "equals": "g"}, None),
        ({}, None),
    ],
)
def test_a_condition_tells_forbidden_allowed_or_open(condition: Any, denied: bool | None) -> None:
    assert policy(condition).denies(KIND) is denied


conditions = st.recursive(
    st.sampled_from([TYPE, {"field": "type", "equals": "x/y"}, {"field": "name", "equals": "n"}]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


def truly(condition: Any, named: bool) -> bool:
    """What Azure would say of a resource of the type whose name is, or is not, `n`."""
    if "allOf" in condition:
        return all(truly(part, named) for part in condition["allOf"])
    if "anyOf" in condition:
        return any(truly(part, named) for part in condition["anyOf"])
    if "not" in condition:
        return not truly(condition["not"], named)
    return named if condition["field"] == "name" else bool(condition["equals"] == KIND)


@given(condition=conditions)
def test_what_is_told_of_a_condition_holds_for_every_resource_of_the_type(condition: Any) -> None:
    told = policy(condition).denies(KIND)
    assert told is None or {truly(condition, True), truly(condition, False)} == {told}


@pytest.mark.parametrize("effect", ["deny", "audit", "disabled", "Modify"])
def test_other_effects_forbid_no_deletion(effect: str) -> None:
    assert condition_of(definition(TYPE, effect), {}) == (False, None)


EFFECT = {"effect": {"type": "String", "defaultValue": "denyAction"}, "kinds": {"type": "Array", "defaultValue": []}}
CHOSEN = {"field": "type", "in": "[parameters('kinds')]"}


@pytest.mark.parametrize(
    ("told", "denied"),
    [
        ({"kinds": {"value": [KIND]}}, [True]),
        ({}, [False]),
        ({"effect": {"value": "Disabled"}, "kinds": {"value": [KIND]}}, []),
    ],
)
async def test_effect_and_types_come_from_the_assignments_parameters(
    told: Any, denied: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    defined = definition(CHOSEN, "[parameters('effect')]", EFFECT)
    bodies = {LIST: {"value": [assignment(defined["id"], parameters=told)]}, defined["id"]: defined}
    async with answering(bodies, monkeypatch) as (reads, _):
        assert [one.denies(KIND) for one in await reads.deny_delete_policies(GROUP, NOW)] == denied


@pytest.mark.parametrize(
    ("properties", "denied"),
    [
        ({}, [True]),
        ({"enforcementMode": "DoNotEnforce"}, []),
        ({"notScopes": [GROUP.upper()]}, []),
        ({"notScopes": [f"{GROUP}0"]}, [True]),
        ({"resourceSelectors": [{"selectors": []}]}, [None]),
        ({"overrides": [{"kind": "policyEffect", "value": "disabled"}]}, [None]),
    ],
)
async def test_an_assignment_that_is_not_enforced_here_forbids_nothing(
    properties: Any, denied: list[bool | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    defined = definition(TYPE)
    bodies = {LIST: {"value": [assignment(defined["id"], **properties)]}, defined["id"]: defined}
    async with answering(bodies, monkeypatch) as (reads, _):
        assert [one.denies(KIND) for one in await reads.deny_delete_policies(GROUP, NOW)] == denied


def initiative(*members: Any) -> dict[str, Any]:
    path = f"{SUBSCRIPTION}/{PROVIDER}/policySetDefinitions/set"
    return {"id": path, "name": "set", "properties": {"parameters": EFFECT, "policyDefinitions": list(members)}}


async def test_the_policies_of_an_initiative_are_read_once_an_hour_with_its_parameters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner, other = definition(CHOSEN, "[parameters('effect')]", EFFECT, "in"), definition(TYPE, "audit", name="other")
    passed = {"kinds": {"value": "[parameters('kinds')]"}, "effect": {"value": "[parameters('effect')]"}}
    whole = initiative({"policyDefinitionId": inner["id"], "parameters": passed}, {"policyDefinitionId": other["id"]})
    given_ = assignment(whole["id"], parameters={"kinds": {"value": [KIND]}})
    bodies = {LIST: {"value": [given_]}, whole["id"]: whole, inner["id"]: inner, other["id"]: other}
    async with answering(bodies, monkeypatch) as (reads, arm):
        for late in (timedelta(0), timedelta(hours=1)):
            (found,) = await reads.deny_delete_policies(GROUP, NOW + late)
            assert found.denies(KIND) is True and found.name == "Keep"
        assert len(arm.asked) == 5  # the list twice; the initiative and its two policies once


@pytest.mark.parametrize("status", [403, 404, 400])
@pytest.mark.parametrize("missing", ["set", "member"])
async def test_a_definition_that_cannot_be_read_leaves_its_assignment_open(
    missing: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = definition(TYPE)
    whole = initiative({"policyDefinitionId": inner["id"]})
    bodies = {LIST: {"value": [assignment(whole["id"])]}, whole["id"]: whole, inner["id"]: inner}
    bodies[whole["id"] if missing == "set" else inner["id"]] = status
    async with answering(bodies, monkeypatch) as (reads, _):
        (found,) = await reads.deny_delete_policies(GROUP, NOW)
        assert found.denies(KIND) is None and "could not be read" in found.why
