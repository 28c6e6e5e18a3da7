"""Stopped protection: who stopped it and what each policy would expire, as far as it is known; a person chooses."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES
from engine.diagnose import Diagnosis, diagnose
from gateway.arm.errors import Unavailable
from remediations.facts import Facts
from sandbox.activity import Activity
from sandbox.arm.rbac import Role
from tests.engine.driver import Driver, driving

CODE = "UserErrorBcmDatasourceNotPresent"
WRITE = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write"


def world(**more: Any) -> dict[str, Any]:
    machine = {"name": "web-01", "recovery_points": 30, "failure": {"code": CODE}, **more.pop("machine", {})}
    return {"name": "p", "title": "t", "machine": [machine], **more}


async def named(driver: Driver) -> Diagnosis:
    item = driver.world["cases"][0]["item"]
    found = await diagnose(Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of), CODE)
    assert not driver.box.changes()
    return found


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        ("ProtectionStopped", "protection_stopped"),
        ("ProtectionPaused", "protection_stopped"),
        ("BackupsSuspended", "protection_stopped"),
        ("protectionstopped", "protection_stopped"),
        ("Protected", "unknown"),
        ("ProtectionError", "unknown"),
        ("IRPending", "unknown"),
    ],
)
async def test_only_an_item_that_no_schedule_backs_up_is_named(
    state: str, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine={"protection_state": state}), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == cause and len(driver.box.requests()) <= 12
        assert CAUSES["protection_stopped"].steps == ()


async def test_an_item_that_was_deleted_is_not_called_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world(machine={"soft_deleted": True}), tmp_path, monkeypatch) as driver:
        assert (await named(driver)).cause == "item_soft_deleted"
        item = driver.world["cases"][0]["item"]
        facts = Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of)
        assert (await CAUSES["protection_stopped"].examine(facts)).says == "ruled out"


async def test_the_guide_names_who_changed_it_last_and_the_command_to_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("protection_stopped", tmp_path, monkeypatch) as driver:
        said = (await named(driver)).verdict.instructions
        assert "2026-03-01 06:30 UTC by ada@contoso.com" in said
        assert "az backup protection enable-for-vm -g rg-backup -v rsv-prod-01 --vm /subscriptions/" in said
        assert "--policy-name <choose>" in said
        order = [said.index(name) for name in ("Quarter (keeps 90", "DailyPolicy (keeps 30", "WeekOnly (keeps 7")]
        assert order == sorted(order)


async def test_the_points_that_a_policy_would_expire_are_counted_from_those_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("protection_stopped", tmp_path, monkeypatch) as driver:
        edge = driver.box.now - timedelta(days=7)
        expired = sum(point.time < edge for point in driver.box.model.points)
        said = (await named(driver)).verdict.instructions
        assert expired > 1 and f"WeekOnly (keeps 7 days): up to {expired}" in said
        assert f"Of its {len(driver.box.model.points)} recovery points" in said


async def test_at_most_five_policies_are_named_those_that_expire_most_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = [{"name": f"P{days:02}", "daily_retention": days} for days in range(7, 14)]
    declared = world(machine={"protection_state": "ProtectionStopped"}, other_policy=more)
    async with driving(declared, tmp_path, monkeypatch) as driver:
        said = (await named(driver)).verdict.instructions
        assert "P13" in said and "P10" in said and "P09" not in said and "3 more" in said


async def test_a_failed_or_foreign_or_older_entry_of_the_log_is_not_the_last_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("protection_stopped", tmp_path, monkeypatch) as driver:
        log, item, now = driver.box.model.activities, driver.world["cases"][0]["item"], driver.box.now
        log.put(Activity(90, now - timedelta(hours=1), "failing@contoso.com", WRITE, item, "Failed"))
        log.put(Activity(91, now - timedelta(hours=1), "other@contoso.com", WRITE, f"{item}0"))
        log.put(Activity(92, now - timedelta(hours=2), "reader@contoso.com", f"{WRITE[:-5]}backup/action", item))
        said = (await named(driver)).verdict.instructions
        assert "by ada@contoso.com" in said


async def test_a_log_that_knows_nothing_is_said_to_know_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(machine={"protection_state": "ProtectionStopped"}), tmp_path, monkeypatch) as driver:
        found = await named(driver)
        assert found.cause == "protection_stopped" and "is not known" in found.verdict.instructions


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("Microsoft.Insights/eventtypes/values/read", "Who stopped it and when is not known"),
        ("Microsoft.RecoveryServices/vaults/backupPolicies/read", "What each policy would do"),
    ],
)
async def test_what_may_not_be_read_is_said_and_does_not_fail_the_verdict(
    missing: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("protection_stopped", tmp_path, monkeypatch, role=Role(("*",), (missing,))) as driver:
        found = await named(driver)
        assert found.cause == "protection_stopped"
        assert told in found.verdict.instructions and missing.casefold() in found.verdict.instructions.casefold()


async def test_a_passing_error_of_the_log_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [{"kind": "503", "method": "GET", "path_contains": "/eventtypes/", "times": 1}]
    async with driving("protection_stopped", tmp_path, monkeypatch, faults=faults) as driver:
        assert isinstance((await named(driver)).passing, Unavailable)
        found = await named(driver)
        assert found.cause == "protection_stopped" and "ada@contoso.com" in found.verdict.instructions
