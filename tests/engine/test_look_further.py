"""Codes that say little: what stands beside them, what lies behind them, and what is there to see where none is known."""

from pathlib import Path
from typing import Any

import pytest

from engine.diagnose import LOOKED_AT_ANYWAY
from sandbox.arm.rbac import Role
from tests.engine.driver import Driver, driving

LOCK = {"scope": "subscription", "name": "landing-zone"}
STRANGE = "UserErrorQuiesceBrokerUnreachable"


def world(failure: dict[str, Any], **machine: Any) -> dict[str, Any]:
    locks = machine.pop("lock", [])
    return {
        "name": "further",
        "title": "for a test",
        "lock": locks,
        "machine": [{"name": "web-01", "failure": failure, **machine}],
    }


async def ended(driver: Driver) -> Any:
    await driver.announce_all()
    [case] = await driver.run()
    return case


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"agent": "Not Ready"}, "agent"),
        ({"snapshot_extension": "Failed"}, "VMSnapshot"),
        ({}, "nothing of the usual is wrong"),
    ],
    ids=["agent", "extension", "nothing"],
)
async def test_of_a_code_that_nobody_knows_all_that_can_be_read_is_told_and_nothing_is_done(
    wrong: dict[str, Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = {"code": STRANGE, "recommendations": ["Make sure that the quiesce broker runs."]}
    async with driving(world(failure, always_fails=STRANGE, **wrong), tmp_path, monkeypatch) as driver:
        case = await ended(driver)
        assert (case.cause, case.outcome) == ("unknown", "needs a person") and driver.box.changes() == []
        assert told in case.ending["reason"] and "quiesce broker" in case.ending["instructions"]
        assert [verdict["cause"] for verdict in case.diagnosis["verdicts"][:-1]] == list(LOOKED_AT_ANYWAY)


async def test_what_could_not_be_read_is_never_told_as_all_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = Role(("*",), ("Microsoft.Authorization/locks/read",))
    there = world({"code": STRANGE}, always_fails=STRANGE, restore_points=18)
    async with driving(there, tmp_path, monkeypatch, role=without) as driver:
        case = await ended(driver)
        assert "nothing of the usual" not in case.ending["reason"] and driver.box.changes() == []
        assert "it could not be told whether: lock inherited" in case.ending["reason"]


async def test_what_azure_does_not_answer_just_now_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {"rules": [{"kind": "503", "method": "GET", "path_contains": "/locks", "times": 8}]}
    there = world({"code": STRANGE}, always_fails=STRANGE, lock=[LOCK], restore_points=18, recovery_points=30)
    async with driving(there, tmp_path, monkeypatch, faults=faults) as driver:
        case = await ended(driver)
        assert "landing-zone" in case.ending["reason"], case.ending


@pytest.mark.parametrize(
    ("outer", "text", "names"),
    [
        (
            "BackUpOperationFailed",
            "COM+ was unable to talk to the Microsoft Distributed Transaction Coordinator.",
            "com_services_broken",
        ),
        ("BcmCrpInternalError", "Shared disks is not supported", "shared disk"),
        ("ManagedRpCreationFailedInCrpButExtensionSucceeded", "AllocationFailed: later", "another size or zone"),
        ("VMRestorePointInternalError", "VMRestorePointInternalError: a COM+ error was met", "com_services_broken"),
        ("UserErrorCrpReportedUserError", "InternalOperationError", "agent"),
    ],
)
async def test_the_words_inside_a_general_error_lead_to_their_own_runbook(
    outer: str, text: str, names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at without a change, for the verdicts and the guide."""
    async with driving(
        world({"code": outer, "text": text}, always_fails=outer), tmp_path, monkeypatch, mode="plan"
    ) as driver:
        case = await ended(driver)
        named = [v["cause"] for v in case.diagnosis["verdicts"]] + case.diagnosis["further"]
        assert names in f"{named} {case.ending['instructions']}"


@pytest.mark.parametrize("code", ["UserErrorGuestAgentStatusUnavailable", "GuestAgentSnapshotTaskStatusError"])
async def test_a_lock_behind_an_agent_error_is_found_though_the_code_never_tells(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = world({"code": code}, lock=[LOCK], restore_points=18, recovery_points=30, always_fails=code)
    async with driving(held, tmp_path, monkeypatch) as driver:
        case = await ended(driver)
        assert (case.cause, case.outcome) == ("lock_inherited", "needs a person"), "\n".join(
            n["text"] for n in case.timeline[-8:]
        )
        assert "landing-zone" in case.ending["instructions"] and await driver.locks() == driver.locks_at_start
        assert not [c for c in driver.box.changes() if c["kind"].startswith("run_command")], "it could not be removed"


@pytest.mark.parametrize(
    "code", ["BcmCrpInternalError", "UserErrorResourceGroupNotFound", "UserErrorVmProvisioningStateFailed"]
)
async def test_a_runbook_that_did_not_help_leaves_its_guide_and_the_services_own_words(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = {"code": code, "recommendations": ["Ask the quiesce broker."]}
    broken = {"snapshot_extension": "Failed"} if code == "UserErrorVmProvisioningStateFailed" else {}
    async with driving(world(failure, always_fails=code, **broken), tmp_path, monkeypatch) as driver:
        case = await ended(driver)
        told = case.ending["instructions"]
        assert case.outcome == "needs a person" and "See the timeline" not in told and len(told) > 60, told
