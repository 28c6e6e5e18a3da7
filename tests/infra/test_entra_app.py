"""The hook that makes the Entra application: people get tokens by the Azure CLI, and a second run changes nothing."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.tenants import Tenant

HOOK, CLI = "entra-app.sh", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
IDS = {"AZURE_ENV_NAME": "test", "AZURE_SUBSCRIPTION_ID": "11111111-aaaa"}
NAME = "Backup runbooks (test, 11111111-aaaa)"
PIPELINE = {"tenantId": "tenant-1", "user": {"type": "servicePrincipal", "name": "client-7"}}


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return Tenant(tmp_path)


def made(tenant: Tenant, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the hook as `azd provision` does."""
    return tenant.run(HOOK, **{**IDS, **more})


def known(tenant: Tenant) -> dict[str, str]:
    """What azd knows after the application was made."""
    return {"ENTRA_APP_OBJECT_ID": tenant.app["id"], "ENTRA_APP_CLIENT_ID": tenant.app["appId"]}


def signed_in(tenant: Tenant, name: str) -> None:
    tenant.change(account={"tenantId": "tenant-1", "user": {"type": "user", "name": name}})


def scope(name: str, value: str) -> dict[str, Any]:
    return {"id": name, "value": value, "type": "User", "isEnabled": True}


def test_the_application_has_a_scope_for_which_the_azure_cli_is_pre_authorised(tenant: Tenant) -> None:
    done = made(tenant)
    assert (done.returncode, done.stderr) == (0, "")
    [owned] = tenant.app["api"]["oauth2PermissionScopes"]
    assert (owned["value"], owned["type"], owned["isEnabled"]) == ("user_impersonation", "User", True)
    assert owned["adminConsentDisplayName"] and owned["adminConsentDescription"]  # Graph asks for both
    assert tenant.app["api"]["preAuthorizedApplications"] == [{"appId": CLI, "delegatedPermissionIds": [owned["id"]]}]
    assert owned["id"] not in [role["id"] for role in tenant.app["appRoles"]]


def test_action_groups_hold_their_role_and_azd_is_told_the_application(tenant: Tenant) -> None:
    made(tenant)
    [held], app = tenant.holds["assignments"], tenant.app
    [webhook] = [role for role in app["appRoles"] if role["value"] == "ActionGroupsSecureWebhook"]
    assert (held["appRoleId"], held["resourceId"]) == (webhook["id"], tenant.holds["principals"][app["appId"]])
    assert app["identifierUris"] == [f"api://{app['appId']}"] and app["owners"] == ["ada"]
    assert [call for call in tenant.calls if call.startswith("azd ")] == [
        f"azd env set ENTRA_APP_OBJECT_ID {app['id']}",
        f"azd env set ENTRA_APP_CLIENT_ID {app['appId']}",
        f"azd env set ENTRA_APP_ID_URI api://{app['appId']}",
    ]


def test_a_second_run_leaves_everything_as_it_is(tenant: Tenant) -> None:
    made(tenant)
    before = {**tenant.holds, "calls": []}
    assert made(tenant).returncode == 0
    assert {**tenant.holds, "calls": []} == before
    assert not any("--method p" in call or "create" in call for call in tenant.calls)


def test_a_scope_of_this_name_that_a_person_made_is_used_and_what_others_added_stays(tenant: Tenant) -> None:
    made(tenant)
    theirs = {"appId": "another client", "delegatedPermissionIds": ["s2"]}
    api = {
        "oauth2PermissionScopes": [scope("s1", "user_impersonation"), scope("s2", "more")],
        "preAuthorizedApplications": [{"appId": CLI, "delegatedPermissionIds": ["s2"]}, theirs],
    }
    tenant.change(apps=[{**tenant.app, "api": api}])
    assert made(tenant).returncode == 0
    assert tenant.app["api"] == {
        "oauth2PermissionScopes": api["oauth2PermissionScopes"],
        "preAuthorizedApplications": [theirs, {"appId": CLI, "delegatedPermissionIds": ["s2", "s1"]}],
    }


def test_the_scope_is_added_to_those_that_are_there(tenant: Tenant) -> None:
    made(tenant)
    tenant.change(
        apps=[{**tenant.app, "api": {"oauth2PermissionScopes": [scope("s2", "more")], "preAuthorizedApplications": []}}]
    )
    assert made(tenant).returncode == 0
    assert [one["value"] for one in tenant.app["api"]["oauth2PermissionScopes"]] == ["more", "user_impersonation"]


@pytest.mark.parametrize(
    ("refuses", "told"),
    [
        ("ad app create", "az could not create it"),
        ("ad app owner add", "you could not be made its owner"),
        ("ad app list", "az could not list applications"),
        ("signed-in-user", "who is signed in"),
        ("oauth2PermissionScopes[?value", "its scopes could not be read"),
        ('{"api": {"oauth2PermissionScopes"', "its scope could not be added"),
        ("length(api.preAuthorizedApplications", "its clients could not be read"),
        ("[api.preAuthorizedApplications", "its clients could not be read"),
        ('{"api": {"preAuthorizedApplications"', "run it once more"),
        ("--method post", "could not be assigned to action groups"),
    ],
)
def test_what_is_refused_stops_the_hook_and_a_later_run_does_the_rest(refuses: str, told: str, tenant: Tenant) -> None:
    done = tenant.run(HOOK, refuses, **IDS)
    assert done.returncode == 1 and told in done.stderr
    assert not any(call.startswith("azd ") for call in tenant.calls)
    assert made(tenant).returncode == 0
    assert len(tenant.app["api"]["preAuthorizedApplications"]) == len(tenant.holds["assignments"]) == 1


@pytest.mark.parametrize("receiver", ["function", "none"])
def test_where_it_is_not_wanted_nothing_is_called(receiver: str, tenant: Tenant) -> None:
    assert tenant.run(HOOK, ALERT_RECEIVER=receiver).returncode == 0
    assert tenant.calls == []


@pytest.mark.parametrize("missing", sorted(IDS))
def test_by_hand_it_asks_for_what_azd_would_have_told(missing: str, tenant: Tenant) -> None:
    done = tenant.run(HOOK, **{name: value for name, value in IDS.items() if name != missing})
    assert done.returncode != 0 and f"{missing}: run this by azd" in done.stderr
    assert tenant.calls == []


def test_of_a_known_application_nothing_is_changed_for_its_owner(tenant: Tenant) -> None:
    made(tenant)
    before = {**tenant.holds, "calls": []}
    done = made(tenant, **known(tenant))
    assert (done.returncode, done.stderr) == (0, "")
    assert {**tenant.holds, "calls": []} == before
    assert not any("create" in call or "update" in call or "add" in call for call in tenant.calls)


def test_a_second_operator_becomes_an_owner_or_is_told_the_line_for_one_who_is(tenant: Tenant) -> None:
    made(tenant)
    signed_in(tenant, "bob")
    done = tenant.run(HOOK, "owner add", **IDS, **known(tenant))
    line = f"az ad app owner add --id {tenant.app['appId']} --owner-object-id bob"
    assert done.returncode == 1 and line in done.stderr
    assert tenant.app["owners"] == ["ada"]
    assert made(tenant, **known(tenant)).returncode == 0
    assert tenant.app["owners"] == ["ada", "bob"]


@pytest.mark.parametrize("refuses", ["owner list", "signed-in-user"])
def test_whose_a_known_application_is_may_stay_unknown_and_is_said(refuses: str, tenant: Tenant) -> None:
    """A pipeline may deploy without a right to read the directory."""
    made(tenant)
    done = tenant.run(HOOK, refuses, **IDS, **known(tenant))
    assert done.returncode == 0 and "AadWebhookResourceNotOwnedByCaller" in done.stderr
    assert not any("owner add" in call for call in tenant.calls)


def test_a_service_principal_that_deploys_owns_the_application(tenant: Tenant) -> None:
    tenant.change(account=PIPELINE, principals={"client-7": "principal-7"})
    assert made(tenant).returncode == 0
    assert tenant.app["owners"] == ["principal-7"]


def test_an_application_of_our_name_that_somebody_else_made_is_not_taken(tenant: Tenant) -> None:
    made(tenant)
    tenant.change(apps=[{**tenant.app, "owners": ["mallory"]}])
    before = {**tenant.holds, "calls": []}
    done = made(tenant)
    assert done.returncode == 1 and NAME in done.stderr and "which you do not own" in done.stderr
    assert f"az ad app owner add --id {tenant.app['appId']} --owner-object-id ada" in done.stderr
    assert {**tenant.holds, "calls": []} == before


def test_one_whose_name_only_begins_so_is_another(tenant: Tenant) -> None:
    made(tenant)
    other = {**tenant.app, "appId": "other", "displayName": f"{NAME} of others", "owners": ["mallory"]}
    tenant.change(apps=[other])
    assert made(tenant).returncode == 0
    assert [app["displayName"] for app in tenant.holds["apps"]] == [other["displayName"], NAME]
    assert tenant.holds["apps"][0] == other


def test_of_two_of_our_name_none_is_taken_until_azd_is_told_which(tenant: Tenant) -> None:
    made(tenant)
    twin = {**tenant.app, "appId": "twin", "id": "twin-1"}
    tenant.change(apps=[*tenant.holds["apps"], twin])
    done = made(tenant)
    assert done.returncode == 1 and "azd env set ENTRA_APP_CLIENT_ID" in done.stderr
    assert made(tenant, ENTRA_APP_CLIENT_ID="twin").returncode == 0
    assert "azd env set ENTRA_APP_OBJECT_ID twin-1" in tenant.calls


def test_each_subscription_has_an_application_of_its_own(tenant: Tenant) -> None:
    tenant.change(subscriptions={"11111111-aaaa": "tenant-1", "22222222-bbbb": "tenant-1"})
    for one in ("11111111-aaaa", "22222222-bbbb"):
        assert made(tenant, AZURE_SUBSCRIPTION_ID=one).returncode == 0
    assert [app["displayName"] for app in tenant.holds["apps"]] == [
        NAME,
        NAME.replace("11111111-aaaa", "22222222-bbbb"),
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"AZURE_SUBSCRIPTION_ID": "22222222-bbbb"}, "az login"),  # not known to az
        (
            {"AZURE_SUBSCRIPTION_ID": "33333333-cccc"},
            "az account set --subscription 33333333-cccc",
        ),  # of another tenant
        ({"AZURE_TENANT_ID": "tenant-2"}, "az login --tenant tenant-2"),
    ],
)
def test_in_another_tenant_than_the_subscriptions_nothing_is_made(
    given: dict[str, str], told: str, tenant: Tenant
) -> None:
    tenant.change(subscriptions={"11111111-aaaa": "tenant-1", "33333333-cccc": "tenant-2"})
    done = made(tenant, **given)
    assert done.returncode == 1 and told in done.stderr
    assert tenant.holds["apps"] == []


def test_whoever_has_no_access_to_the_subscription_may_make_it_with_the_tenants_id(tenant: Tenant) -> None:
    tenant.change(subscriptions={})
    assert made(tenant, AZURE_TENANT_ID="tenant-1").returncode == 0
    assert tenant.app["displayName"] == NAME
