"""Policies that forbid a creation: effect, mode, tags, locations; what cannot be told stays open."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.arm.deny_creation import COLLECTIONS, GROUPS, Creation, policies
from tests.gateway.arm.small_arm import answering
from tests.gateway.arm.test_deny_delete import LIST, PROVIDER, SUBSCRIPTION, assignment
from tests.remediations.made import NOW

GROUP = f"{SUBSCRIPTION}/resourceGroups/AzureBackupRG_westeurope_1"
UNTAGGED = Creation(GROUPS, "westeurope", untagged=True)
COLLECTION = Creation(COLLECTIONS, "westeurope")
OF_GROUP = {"field": "type", "equals": GROUPS}
TAG = "[concat('tags[', parameters('tagName'), ']')]"
PARAMETERS = {"tagName": {"type": "String"}, "tagValue": {"type": "String"}}


def definition(condition: Any, effect: str = "deny", mode: str | None = "All", **more: Any) -> dict[str, Any]:
    path = f"{SUBSCRIPTION}/{PROVIDER}/policyDefinitions/d"
    properties = {"policyRule": {"if": condition, "then": {"effect": effect}}, "parameters": PARAMETERS, **more}
    return {"id": path, "name": "d", "properties": properties | ({"mode": mode} if mode else {})}


def denies(condition: Any, creation: Creation = UNTAGGED, **told: Any) -> bool | None:
    values = {"tagname": "costcenter", "tagvalue": "42"}
    found = policies(assignment("d"), definition(condition, **told), values)
    return found[0].denies(creation) if found else False


@pytest.mark.parametrize(
    ("condition", "denied"),
    [
        ({"allOf": [OF_GROUP, {"field": TAG, "exists": "false"}]}, True),
        ({"allOf": [OF_GROUP, {"field": "[concat('tags[''', parameters('tagName'), ''']')]", "exists": False}]}, True),
        ({"allOf": [OF_GROUP, {"field": "tags['owner']", "exists": "false"}]}, True),
        ({"allOf": [OF_GROUP, {"field": "tags.owner", "exists": "true"}]}, False),
        ({"not": {"field": TAG, "equals": "[parameters('tagValue')]"}}, True),
        ({"field": "tags.env", "notIn": ["test", "production"]}, True),
        ({"field": "tags.env", "in": ["test"]}, False),
        ({"field": "tags.env", "like": "*"}, None),
        ({"field": "tags.env", "exists": "[parameters('other')]"}, None),
        ({"field": "[concat('tags[', parameters('other'), ']')]", "exists": "false"}, None),
        ({"allOf": [OF_GROUP, {"field": "location", "notIn": ["North Europe", "West Europe"]}]}, False),
        ({"allOf": [OF_GROUP, {"field": "location", "notIn": ["northeurope"]}]}, True),
        ({"allOf": [OF_GROUP, {"field": "name", "notLike": "rg-*"}]}, None),
        ({"field": "type", "equals": "Microsoft.Storage/storageAccounts"}, False),
        ({"not": {"field": "type", "in": ["Microsoft.Compute/virtualMachines"]}}, True),
        ({"value": "[resourceGroup().name]", "equals": "g"}, None),
        ({}, None),
    ],
)
def test_a_condition_about_a_group_without_tags_tells_forbidden_allowed_or_open(
    condition: Any, denied: bool | None
) -> None:
    assert denies(condition) is denied


def test_whether_a_collection_bears_tags_is_not_known() -> None:
    assert denies({"field": TAG, "exists": "false"}, COLLECTION) is None
    assert denies({"field": "location", "notIn": ["northeurope"]}, COLLECTION) is True


@pytest.mark.parametrize(("mode", "of_group", "of_collection"), [("Indexed", False, True), (None, False, True)])
def test_an_indexed_definition_looks_at_no_group(mode: str | None, of_group: bool, of_collection: bool) -> None:
    condition = {"field": "location", "notIn": ["northeurope"]}
    assert denies(condition, UNTAGGED, mode=mode) is of_group
    assert denies(condition, COLLECTION, mode=mode) is of_collection


@pytest.mark.parametrize("effect", ["audit", "Disabled", "denyAction", "modify", "deployIfNotExists"])
def test_other_effects_forbid_no_creation(effect: str) -> None:
    assert policies(assignment("d"), definition(OF_GROUP, effect), {}) == []


def test_a_mode_of_one_providers_own_data_forbids_nothing_here() -> None:
    assert policies(assignment("d"), definition(OF_GROUP, mode="Microsoft.Kubernetes.Data"), {}) == []


@pytest.mark.parametrize(
    "told",
    [{"overrides": [{"kind": "policyEffect", "value": "audit"}]}, {"resourceSelectors": [{"selectors": []}]}],
)
def test_an_assignment_that_depends_on_more_is_open_and_says_why(told: dict[str, Any]) -> None:
    (found,) = policies(assignment("d", **told), definition(OF_GROUP), {})
    assert found.denies(UNTAGGED) is None and found.why


def test_an_effect_that_cannot_be_told_is_open() -> None:
    (found,) = policies(assignment("d"), definition(OF_GROUP, "[parameters('missing')]"), {})
    assert found.denies(UNTAGGED) is None


conditions = st.recursive(
    st.sampled_from([OF_GROUP, {"field": "tags.a", "exists": "false"}, {"field": "name", "equals": "n"}]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


def truly(condition: Any, creation: Creation, named: bool, tagged: bool) -> bool:
    """What Azure would say of a resource with the tag or without it, whose name is, or is not, `n`."""
    if "allOf" in condition:
        return all(truly(part, creation, named, tagged) for part in condition["allOf"])
    if "anyOf" in condition:
        return any(truly(part, creation, named, tagged) for part in condition["anyOf"])
    if "not" in condition:
        return not truly(condition["not"], creation, named, tagged)
    if condition["field"] == "type":
        return bool(condition["equals"] == creation.type)
    return named if condition["field"] == "name" else not tagged


@given(condition=conditions, creation=st.sampled_from([UNTAGGED, COLLECTION]))
def test_what_is_told_holds_for_every_such_creation(condition: Any, creation: Creation) -> None:
    told = denies(condition, creation)
    tags = (False,) if creation.untagged else (True, False)
    happens = {truly(condition, creation, named, tagged) for named in (True, False) for tagged in tags}
    assert told is None or happens == {told}


async def test_definitions_and_their_parameters_are_read_through_an_initiative(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = definition({"allOf": [OF_GROUP, {"field": TAG, "exists": "false"}]}, "[parameters('effect')]")
    inner["properties"]["parameters"]["effect"] = {"defaultValue": "Deny"}
    path = f"{SUBSCRIPTION}/{PROVIDER}/policySetDefinitions/set"
    member = {"policyDefinitionId": inner["id"], "parameters": {"tagName": {"value": "[parameters('tag')]"}}}
    whole = {"id": path, "name": "set", "properties": {"parameters": {"tag": {}}, "policyDefinitions": [member]}}
    given_ = assignment(path, parameters={"tag": {"value": "owner"}})
    bodies = {LIST: {"value": [given_]}, path: whole, inner["id"]: inner}
    async with answering(bodies, monkeypatch) as (reads, _):
        (found,) = await reads.deny_creation_policies(GROUP, NOW)
        assert found.denies(UNTAGGED) is True and found.definition == inner["id"]
        assert await reads.deny_delete_policies(GROUP, NOW) == ()


@pytest.mark.parametrize("status", [403, 404])
async def test_a_definition_that_cannot_be_read_is_open(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made = definition(OF_GROUP)
    bodies = {LIST: {"value": [assignment(made["id"])]}, made["id"]: status}
    async with answering(bodies, monkeypatch) as (reads, _):
        (found,) = await reads.deny_creation_policies(GROUP, NOW)
        assert found.denies(UNTAGGED) is None and "could not be read" in found.why
