"""The hook before provisioning: a virtual network gets the provider that it needs, then the Entra application is made."""

from pathlib import Path

import pytest

from tests.infra.subscriptions import DEPLOYED, Subscriptions
from tests.infra.tenants import Tenant

HOOK, NO_APPLICATION = "preprovision.sh", {"ALERT_RECEIVER": "function"}
IDS = {"AZURE_SUBSCRIPTION_ID": DEPLOYED, "AZURE_ENV_NAME": "test"}


def test_the_provider_is_registered_where_the_app_joins_a_network(tmp_path: Path) -> None:
    azure = Subscriptions(tmp_path)
    assert azure.run(HOOK, VNET_ENABLED="true", **IDS, **NO_APPLICATION).returncode == 0
    assert azure.holds["providers"] == [f"/subscriptions/{DEPLOYED} Microsoft.App"]
    assert all("--wait" in call for call in azure.calls)


@pytest.mark.parametrize("given", [{}, {"VNET_ENABLED": "false"}])
def test_nothing_is_registered_where_it_does_not(given: dict[str, str], tmp_path: Path) -> None:
    azure = Subscriptions(tmp_path)
    assert azure.run(HOOK, **IDS, **NO_APPLICATION, **given).returncode == 0
    assert azure.calls == []


def test_a_provider_that_cannot_be_registered_stops_it_with_the_line_that_registers_it(tmp_path: Path) -> None:
    azure = Subscriptions(tmp_path)
    done = azure.run(HOOK, refuses="provider register", VNET_ENABLED="true", **IDS, **NO_APPLICATION)
    assert done.returncode == 1
    assert f"az provider register --namespace Microsoft.App --subscription {DEPLOYED} --wait" in done.stderr


def test_the_entra_application_is_made_after_it(tmp_path: Path) -> None:
    tenant = Tenant(tmp_path)
    assert tenant.run(HOOK, **IDS).returncode == 0
    assert tenant.app["displayName"] == f"Backup runbooks (test, {DEPLOYED})"


def test_before_azd_knows_the_subscription_it_says_how_to_tell(tmp_path: Path) -> None:
    azure = Subscriptions(tmp_path)
    done = azure.run(HOOK, VNET_ENABLED="true", AZURE_ENV_NAME="test", **NO_APPLICATION)
    assert done.returncode != 0 and "azd env set AZURE_SUBSCRIPTION_ID" in done.stderr
    assert azure.calls == []
