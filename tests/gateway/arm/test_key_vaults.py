"""Key Vaults, roles, retention and the activity log: from the wire to facts, and never more than was said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.arm import ids
from gateway.arm.activity import activity
from gateway.arm.errors import Refused
from gateway.arm.key_vaults import data_role, key_vault, role_assignment
from gateway.arm.retention import retention
from tests.engine.driver import driving

VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def vault(**properties: Any) -> Any:
    return key_vault({"id": VAULT, "name": "kv", "properties": properties})


@pytest.mark.parametrize(
    ("firewall", "closed"),
    [
        (None, False),
        ({}, False),
        ({"defaultAction": "Allow", "bypass": "None"}, False),
        ({"defaultAction": "Deny", "bypass": "AzureServices"}, False),
        ({"defaultAction": "Deny"}, False),
        ({"defaultAction": "deny", "bypass": "none"}, True),
    ],
)
def test_a_firewall_is_closed_only_where_trusted_services_are_kept_out(firewall: Any, closed: bool) -> None:
    assert vault(networkAcls=firewall).closed == closed


def test_an_access_policy_for_a_user_through_an_application_is_none_of_the_service() -> None:
    one = {"objectId": "o", "applicationId": "a", "permissions": {"secrets": ["all"]}}
    assert vault(accessPolicies=[one]).policies == ()
    (found,) = vault(accessPolicies=[{**one, "applicationId": None}]).policies
    assert found.allows("secrets backup") and not found.allows("keys get")


@pytest.mark.parametrize(("told", "rbac"), [(True, True), (False, False), (None, False)])
def test_roles_decide_only_where_the_vault_says_so(told: bool | None, rbac: bool) -> None:
    assert vault(enableRbacAuthorization=told).rbac == rbac


@pytest.mark.parametrize(
    ("scope", "reaches"),
    [
        (VAULT, True),
        (VAULT.upper(), True),
        ("/subscriptions/s/resourceGroups/g", True),
        ("/subscriptions/s", True),
        ("/providers/Microsoft.Management/managementGroups/m", True),
        ("/", True),
        (f"{VAULT}/secrets/one", False),
        (f"{VAULT}2", False),
        ("/subscriptions/s/resourceGroups/g2", False),
    ],
)
def test_an_assignment_reaches_the_vault_from_above_only(scope: str, reaches: bool) -> None:
    assert role_assignment({"properties": {"scope": scope}}).reaches(VAULT) == reaches


def test_a_role_allows_data_actions_only_where_it_has_some() -> None:
    read = "Microsoft.KeyVault/vaults/keys/read"
    owner = data_role({"id": "/r", "properties": {"permissions": [{"actions": ["*"], "dataActions": []}]}})
    assert not owner.allows(read)
    parts = [{"dataActions": ["Microsoft.KeyVault/*"], "notDataActions": ["Microsoft.KeyVault/vaults/keys/*"]}]
    assert not data_role({"id": "/r", "properties": {"permissions": parts}}).allows(read)
    more = [*parts, {"dataActions": ["microsoft.keyvault/vaults/keys/READ"]}]
    assert data_role({"id": "/r", "properties": {"permissions": more}}).allows(read)


def kept(**schedules: Any) -> Any:
    return retention({"id": "/p", "name": "p", "properties": {"retentionPolicy": schedules}})


def of(count: Any, unit: str = "Days") -> dict[str, Any]:
    return {"retentionDuration": {"count": count, "durationType": unit}}


@pytest.mark.parametrize(
    ("schedules", "days", "longer"),
    [
        ({"dailySchedule": of(30)}, 30, False),
        ({"dailySchedule": of(7), "weeklySchedule": of(12, "Weeks")}, 7, True),
        ({"weeklySchedule": of(4, "Weeks")}, 28, False),
        ({"weeklySchedule": of(4, "Weeks"), "yearlySchedule": of(10, "Years")}, 28, True),
        (of(14), 14, False),
        ({"monthlySchedule": of(6, "Months")}, None, True),
        ({"dailySchedule": of("x")}, None, False),
        ({"dailySchedule": of(3, "Fortnights")}, None, False),
        ({}, None, False),
    ],
)
def test_a_policy_tells_its_shortest_retention_or_none(schedules: Any, days: int | None, longer: bool) -> None:
    found = kept(**schedules)
    assert (found.days, found.longer) == (days, longer)


def test_points_older_than_the_shortest_retention_expire() -> None:
    points = tuple(NOW - timedelta(days=d) for d in (1, 7, 8, 30))
    assert kept(dailySchedule=of(7)).expired(points, NOW) == 2
    assert kept().expired(points, NOW) is None


def test_an_event_without_a_time_or_a_caller_says_so() -> None:
    assert activity({"caller": "a"}) is None
    found = activity({"eventTimestamp": "2026-03-01T06:30:00.1234567Z", "operationName": None})
    assert found is not None and (found.caller, found.operation, found.status) == ("", "", "")


async def test_the_activity_log_is_asked_for_one_resource_and_not_too_far_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("protection_stopped", tmp_path, monkeypatch) as driver:
        reads, item = driver.engine.reads, driver.world["cases"][0]["item"]
        found = await reads.activities(item, driver.box.now)
        assert [one.caller for one in found] == ["ops@contoso.com", "ada@contoso.com", "deploy@contoso.com"]
        assert await reads.activities(ids.ItemId.parse(item).vault_id, driver.box.now) == ()
        with pytest.raises(Refused):
            await reads.activities(item, driver.box.now - timedelta(days=2))


async def test_role_definitions_are_shared_for_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("key_vault_rbac", tmp_path, monkeypatch) as driver:
        subscription, now = driver.world["subscription"], driver.box.now
        roles = await driver.engine.reads.data_roles(subscription, now)
        assert {role.name for role in roles if role.blocks} >= {"Key Vault Administrator", "Key Vault Secrets User"}
        before = len(driver.box.requests())
        await driver.engine.reads.data_roles(subscription.upper(), now + timedelta(minutes=59))
        assert len(driver.box.requests()) == before
        await driver.engine.reads.data_roles(subscription, now + timedelta(minutes=61))
        assert len(driver.box.requests()) == before + 1
