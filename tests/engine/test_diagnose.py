"""Promise 1: nothing is guessed. A fact that could not be read is unknown, and unknown never leads to a change."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES
from engine.diagnose import UNKNOWN, diagnose
from remediations.facts import Facts
from sandbox.arm.rbac import Role
from tests.engine.driver import Driver, driving

FULL = {"restore_points": 18, "restore_group": "AzureBackupRG_westeurope_1"}
LOCK = {"scope": "group:AzureBackupRG_westeurope_1", "name": "do-not-delete"}
READS = [
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/read",
    "Microsoft.RecoveryServices/vaults/backupPolicies/read",
    "Microsoft.RecoveryServices/vaults/backupJobs/read",
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/restorePointCollections/read",
    "Microsoft.Authorization/locks/read",
    "Microsoft.Resources/subscriptions/resourceGroups/resources/read",
]


def facts(driver: Driver, case: int = 0) -> Facts:
    item = driver.world["cases"][case]["item"]
    return Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of)


def requests(driver: Driver) -> list[str]:
    """What was asked of ARM, with the query, without the token's own request."""
    return [f"{r.method} {r.path}?{r.query}" for r in driver.box.model.requests if not r.path.startswith("/msi")]


@pytest.mark.parametrize(
    "world", ["locked_group", "full_collection", "extension_failed", "transient_failure", "updating"]
)
@pytest.mark.parametrize("missing", READS)
async def test_a_fact_that_may_not_be_read_leads_to_no_change(
    world: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fact that the diagnosis wanted: no change at all. One that only a later step wants: see the next test."""
    async with driving(world, tmp_path, monkeypatch, role=Role(("*",), (missing,))) as driver:
        await driver.announce()
        (case,) = await driver.run()
        refused = [r for r in driver.box.requests() if r["status"] == 403]
        if case.cause == UNKNOWN:
            assert driver.box.changes() == [], case.timeline
        assert (case.outcome == "needs a person") == bool(refused)
        assert not refused or missing.casefold() in str(case.to_json()).casefold(), "the missing right is named"
        assert await driver.locks() == driver.locks_at_start


@pytest.mark.parametrize(("world", "missing"), [("extension_failed", READS[1]), ("locked_group", READS[3])])
async def test_a_right_that_a_later_step_needs_is_missed_before_the_first_change(
    world: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the policy no backup can be planned, without recovery points nothing can be proven."""
    async with driving(world, tmp_path, monkeypatch, role=Role(("*",), (missing,))) as driver:
        await driver.announce()
        await driver.run()
        assert driver.box.changes() == []


@pytest.mark.parametrize("missing", READS)
async def test_a_cause_after_an_unknown_one_is_never_confirmed(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, role=Role(("*",), (missing,))) as driver:
        found = await diagnose(facts(driver), driver.world["cases"][0]["code"])
        says = [verdict.says for _, verdict in found.verdicts]
        assert all(one == "ruled out" for one in says[:-1])
        assert (found.cause != UNKNOWN) == (says[-1:] == ["confirmed"])


@pytest.mark.parametrize("kind", ["429", "500", "503", "504", "drop"])
async def test_passing_errors_are_tried_again_until_the_fact_is_read(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [
        {"kind": kind, "method": "GET", "path_contains": part, "times": 3}
        for part in ("/backupJobs", "/virtualMachines/", "/restorePointCollections", "/locks")
    ]
    async with driving("locked_group", tmp_path, monkeypatch, faults={"rules": rules}) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert case.cause == "backup_group_locked" and case.outcome.startswith("remediated")


async def test_one_diagnosis_reads_each_fact_at_most_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        found = await diagnose(facts(driver), driver.world["cases"][0]["code"])
        assert found.cause == "backup_group_locked"
        asked = requests(driver)
        print(f"\n{len(asked)} requests of one diagnosis:", *asked, sep="\n  ")
        assert [path for path, times in Counter(asked).items() if times > 1] == []
        assert len(asked) <= 12 and not any(r["write"] for r in driver.box.requests())


async def test_fifty_diagnoses_of_one_vault_share_its_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = {
        "name": "many",
        "title": "for a test",
        "machine": [
            {"name": f"web-{n:02}", **FULL, "failure": {"code": "UserErrorRpCollectionLimitReached"}} for n in range(20)
        ],
        "lock": [LOCK],
    }
    async with driving(world, tmp_path, monkeypatch) as driver:
        for n in range(20):
            assert (await diagnose(facts(driver, n), "")).cause == "backup_group_locked"
        lists = [
            one for one in requests(driver) if one.partition("?")[0].endswith(("/backupJobs", "/locks", "Collections"))
        ]
        assert lists and max(Counter(lists).values()) == 1


async def test_an_earlier_confirmed_cause_wins_over_later_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inherited lock and group lock at once: the one that only its owner may lift decides."""
    machine = {"name": "web-01", **FULL, "failure": {"code": "UserErrorRpCollectionLimitReached"}}
    world = {
        "name": "two",
        "title": "t",
        "machine": [machine],
        "lock": [LOCK, {"scope": "subscription", "name": "above"}],
    }
    async with driving(world, tmp_path, monkeypatch) as driver:
        found = await diagnose(facts(driver), "")
        assert found.verdicts[-1][0] == "lock_inherited" and "backup_group_locked" not in dict(found.verdicts)
        assert found.cause == "lock_inherited" and CAUSES[found.cause].steps == ()


@pytest.mark.parametrize("code", ["", "UserErrorNobodyKnows", "usererrorrpcollectionlimitreached"])
async def test_without_a_job_the_told_code_is_all_there_is(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world: dict[str, Any] = {"name": "quiet", "title": "t", "machine": [{"name": "web-01", **FULL}], "lock": [LOCK]}
    async with driving(world, tmp_path, monkeypatch) as driver:
        found = await diagnose(facts(driver), code)
        assert (found.cause == "backup_group_locked") == code.startswith("usererror")
        assert found.code == code


async def test_the_job_of_another_machine_is_no_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manual call may name the wrong job; its code is not this item's."""
    machines = [
        {"name": "web-01", "restore_points": 2},
        {"name": "web-02", **FULL, "failure": {"code": "BackUpOperationFailed"}},
    ]
    world = {"name": "strangers", "title": "t", "machine": machines}
    async with driving(world, tmp_path, monkeypatch) as driver:
        (theirs,) = [j.name for j in driver.box.model.jobs if j.status == "Failed"]
        item = driver.world["cases"][0]["item"]
        told = Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of, theirs)
        assert (await diagnose(told, "")).cause == UNKNOWN


@pytest.mark.parametrize("scope", ["group:AzureBackupRG_westeurope_1", "subscription"])
@pytest.mark.parametrize("version", ["V1", "V2"])
async def test_a_lock_that_holds_back_no_overdue_point_is_no_cause(
    scope: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The collection is full because the policy keeps so much; lifting a lock would free nothing (coverage A4)."""
    full = {"restore_points": 18, "recovery_points": 18, "failure": {"code": "UserErrorRpCollectionLimitReached"}}
    world = {
        "name": "kept",
        "title": "t",
        "policy": {"snapshot_days": 30, "version": version},
        "machine": [{"name": "web-01", "restore_group": "AzureBackupRG_westeurope_1", **full}],
        "lock": [{"scope": scope, "name": "keep"}],
    }
    async with driving(world, tmp_path, monkeypatch) as driver:
        found = await diagnose(facts(driver), "UserErrorRpCollectionLimitReached")
        assert found.cause in (UNKNOWN, "policy_keeps_too_many"), found.verdicts
        assert {v.says for name, v in found.verdicts if name != "policy_keeps_too_many"} == {"ruled out"}


@pytest.mark.parametrize(
    ("part", "other", "reason", "way"),
    [
        ("[^;]+$", "app-99", "there is no such protected item", "Check the id"),
        ("(?<=/vaults/)[^/]+", "kv-none", "kv-none", "Check"),
    ],
)
async def test_an_item_that_is_not_there_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, other: str, reason: str, way: str
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        gone = re.sub(part, other, driver.world["cases"][0]["item"], count=1)
        await driver.announce(item_id=gone, code="", trigger="manual")
        (case,) = await driver.run()
        assert case.outcome == "needs a person"
        assert reason in case.ending["reason"] and case.ending["instructions"].startswith(way)


async def test_jobs_that_may_not_be_read_are_no_missing_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    role = Role(tuple(action for action in READS if not action.endswith("backupJobs/read")))
    async with driving("locked_group", tmp_path, monkeypatch, role=role) as driver:
        found = await diagnose(facts(driver), "")
        assert "could not be read" in found.verdict.reason and "backupJobs/read" in found.verdict.instructions


async def test_a_failed_job_without_a_code_is_no_missing_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        for job in driver.box.model.jobs:
            driver.box.model.jobs.put(replace(job, problem=None))
        found = await diagnose(facts(driver), "")
        assert "names no error code" in found.verdict.reason and found.cause == UNKNOWN
