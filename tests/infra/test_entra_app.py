"""The hook that makes the Entra application: people get tokens by the Azure CLI, and a second run changes nothing."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.tenants import Tenant

HOOK, CLI = "entra-app.sh", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


@pytest.fixture
def tenant(tmp_path: Path) -> Tenant:
    return Tenant(tmp_path)


def made(tenant: Tenant, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the hook as `azd provision` does."""
    return tenant.run(HOOK, AZURE_ENV_NAME="test", **more)


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
        ("oauth2PermissionScopes[?value", "its scopes could not be read"),
        ('{"api": {"oauth2PermissionScopes"', "its scope could not be added"),
        ("length(api.preAuthorizedApplications", "its clients could not be read"),
        ("[api.preAuthorizedApplications", "its clients could not be read"),
        ('{"api": {"preAuthorizedApplications"', "run it once more"),
        ("--method post", "could not be assigned to action groups"),
    ],
)
def test_what_is_refused_stops_the_hook_and_a_later_run_does_the_rest(refuses: str, told: str, tenant: Tenant) -> None:
    done = tenant.run(HOOK, refuses=refuses, AZURE_ENV_NAME="test")
    assert done.returncode == 1 and told in done.stderr
    assert not any(call.startswith("azd ") for call in tenant.calls)
    assert made(tenant).returncode == 0
    assert len(tenant.app["api"]["preAuthorizedApplications"]) == len(tenant.holds["assignments"]) == 1


@pytest.mark.parametrize("given", [{"ALERT_RECEIVER": "function"}, {"ENTRA_APP_OBJECT_ID": "known"}])
def test_where_it_is_not_wanted_or_known_nothing_is_called(given: dict[str, str], tenant: Tenant) -> None:
    assert made(tenant, **given).returncode == 0
    assert tenant.calls == []
