"""The hook after provisioning: rights in groups of other people are those that are listed, and no deployment of azd's."""

import subprocess
from pathlib import Path

import pytest

from tests.infra.subscriptions import (
    CUSTODIAN,
    DEPLOYED,
    EVERYWHERE,
    GUEST,
    MACHINES,
    OPERATOR,
    POINTS,
    READS,
    THEIRS,
    TOLD,
    VAULT,
    WATCHED,
    Subscriptions,
)

HOOK, AGAIN = "rights.sh", "azd hooks run postprovision"
LISTED = {(CUSTODIAN, POINTS), (GUEST, MACHINES)}


@pytest.fixture
def azure(tmp_path: Path) -> Subscriptions:
    return Subscriptions(tmp_path)


def ran(azure: Subscriptions, refuses: str = "", **lists: str) -> "subprocess.CompletedProcess[str]":
    """Run the hook as `azd provision` does."""
    return azure.run(HOOK, refuses, **{**TOLD, **lists})


def test_each_listed_vault_and_group_gets_its_role_in_a_deployment_of_its_own(azure: Subscriptions) -> None:
    done = ran(azure, RIGHTS_VAULTS=VAULT, RIGHTS_MACHINE_GROUPS=f"{MACHINES},{MACHINES}-2")
    assert (done.returncode, done.stderr) == (0, "")
    assert azure.of_ours == {*LISTED, *READS, (OPERATOR, VAULT), (GUEST, f"{MACHINES}-2")}
    assert azure.holds["deployments"] == [{"name": TOLD["RIGHTS_DEPLOYMENT"], "alerts": True}]
    assert azure.holds["groups"] == [
        f"/subscriptions/{one}/resourceGroups/rg-test-alerts" for one in (DEPLOYED, WATCHED)
    ]
    assert f"--subscription {DEPLOYED} " in next(call for call in azure.calls if "deployment sub create" in call)


def test_a_second_run_leaves_everything_as_it_is(azure: Subscriptions) -> None:
    ran(azure)
    before = azure.holds["assignments"]
    assert ran(azure).returncode == 0
    assert azure.holds["assignments"] == before
    assert not any("delete" in call for call in azure.calls)


def told_lines(done: "subprocess.CompletedProcess[str]") -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("  az role assignment delete")]


def test_a_right_that_is_not_listed_stays_and_the_line_that_takes_it_away_is_told(azure: Subscriptions) -> None:
    """A lock may be lifted there, and only with this right does it come back."""
    ran(azure)
    done = ran(azure, RIGHTS_RESTORE_POINT_GROUPS="")
    [line] = told_lines(done)
    assert (done.returncode, POINTS.lower() in line, "GET /api/leases" in done.stdout) == (0, True, True)
    assert azure.of_ours == {*LISTED, *EVERYWHERE, *READS}
    assert not any("delete" in call for call in azure.calls)
    assert azure.sh("-c", line).returncode == 0
    assert azure.of_ours == {(GUEST, MACHINES), *EVERYWHERE, *READS}
    assert THEIRS in azure.holds["assignments"]


def test_an_id_in_other_letters_is_the_same_group(azure: Subscriptions) -> None:
    ran(azure)
    done = ran(azure, RIGHTS_RESTORE_POINT_GROUPS=POINTS.upper())
    assert (done.returncode, told_lines(done)) == (0, [])


@pytest.mark.parametrize("written", ["{}/", " {}", "{}/providers/Microsoft.Compute/restorePointCollections/one"])
def test_a_right_that_was_just_given_is_listed_however_its_id_is_written(written: str, azure: Subscriptions) -> None:
    done = ran(azure, RIGHTS_RESTORE_POINT_GROUPS=written.format(POINTS))
    assert (done.returncode, told_lines(done)) == (0, [])
    assert azure.of_ours >= LISTED


def test_once_vaults_are_named_the_right_in_the_whole_subscription_is_told(azure: Subscriptions) -> None:
    ran(azure, RIGHTS_VAULTS="")
    assert azure.of_ours == {*LISTED, *READS, *EVERYWHERE}
    lines = told_lines(ran(azure, RIGHTS_VAULTS=VAULT))
    assert len(lines) == len(EVERYWHERE)
    assert [azure.sh("-c", line).returncode for line in lines] == [0] * len(EVERYWHERE)
    assert azure.of_ours == {*LISTED, *READS, (OPERATOR, VAULT)}


def test_with_nothing_listed_the_subscriptions_are_still_read(azure: Subscriptions) -> None:
    done = ran(azure, RIGHTS_RESTORE_POINT_GROUPS="", RIGHTS_MACHINE_GROUPS="", ALERTS_ARE_TOLD="false")
    assert done.returncode == 0
    assert azure.of_ours == {*READS, *EVERYWHERE}
    assert azure.holds["deployments"][-1]["alerts"] is False


def test_a_deployment_that_is_refused_says_what_to_look_at_and_how_to_run_it_again(azure: Subscriptions) -> None:
    azure.change(locks={POINTS: "ReadOnly"})
    done = ran(azure)
    assert done.returncode == 1
    assert "ScopeLocked" in done.stderr and "ReadOnly lock" in done.stderr and AGAIN in done.stderr
    assert not any("delete" in call for call in azure.calls)
    azure.change(locks={})
    assert ran(azure).returncode == 0 and azure.of_ours >= LISTED


def test_what_is_assigned_and_cannot_be_read_is_no_success(azure: Subscriptions) -> None:
    done = ran(azure, refuses="role assignment list")
    assert done.returncode == 1 and WATCHED in done.stderr and AGAIN in done.stderr


POLICY = TOLD["VAULT_POLICY_ASSIGNMENT"]


def test_vaults_that_are_there_already_are_told_to_log_in_each_subscription(azure: Subscriptions) -> None:
    assert ran(azure, VAULTS_LOG="true").returncode == 0
    assert [(one["name"], one["at"]) for one in azure.holds["remediations"]] == [
        (POLICY, f"/subscriptions/{one}") for one in (WATCHED, DEPLOYED)
    ]
    for one in azure.holds["remediations"]:
        assert one["of"] == f"{one['at']}/providers/Microsoft.Authorization/policyAssignments/{POLICY}"
    assert all("ReEvaluateCompliance" in call for call in azure.calls if "remediation create" in call)


def test_where_vaults_do_not_log_no_remediation_is_started(azure: Subscriptions) -> None:
    assert ran(azure, VAULTS_LOG="false").returncode == 0
    assert not any("remediation" in call for call in azure.calls)


def test_a_remediation_that_is_still_under_way_does_not_stop_a_second_provisioning(azure: Subscriptions) -> None:
    ran(azure, VAULTS_LOG="true")
    before = azure.holds["remediations"]
    done = ran(azure, VAULTS_LOG="true")
    assert (done.returncode, done.stderr) == (0, "") and "still under way" in done.stdout
    assert azure.holds["remediations"] == before


def test_one_that_has_ended_is_started_again(azure: Subscriptions) -> None:
    ran(azure, VAULTS_LOG="true")
    azure.change(remediations=[{**one, "state": "Succeeded"} for one in azure.holds["remediations"]])
    assert ran(azure, VAULTS_LOG="true").returncode == 0
    assert {one["state"] for one in azure.holds["remediations"]} == {"Evaluating"}


def test_a_remediation_that_is_refused_for_another_reason_is_no_success(azure: Subscriptions) -> None:
    done = ran(azure, refuses="remediation create", VAULTS_LOG="true")
    assert done.returncode == 1 and AGAIN in done.stderr and "AuthorizationFailed" in done.stderr


def test_before_the_first_provisioning_it_says_so_and_calls_nothing(azure: Subscriptions) -> None:
    done = azure.run(HOOK)
    assert done.returncode == 1 and "azd provision" in done.stderr
    assert azure.calls == []
