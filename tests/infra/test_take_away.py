"""The hook before `azd down`: everything of ours outside the app's group goes, nothing of others, and what stays is told."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.fake_azure import assignment
from tests.infra.subscriptions import (
    AFTER_A_FAILURE,
    CUSTODIAN,
    DEPLOYED,
    OURS,
    POINTS,
    ROLES,
    THEIRS,
    TOLD,
    VAULT,
    WATCHED,
    WORKSPACE,
    Subscriptions,
)

HOOK = "take-away.sh"
POLICY = {
    "name": "vault-diagnostics-1",
    "at": f"/subscriptions/{WATCHED}",
    "principalId": "policy-1",
    "setting": "backup-runbooks",
    "workspaceId": WORKSPACE,
}
SETTING = {"vault": VAULT, "name": "backup-runbooks", "workspaceId": WORKSPACE.upper()}
STRANGER = assignment(POINTS, "role-of-others", "somebody else", "a-stranger")
OTHERS = [
    {"vault": VAULT, "name": "by hand", "workspaceId": WORKSPACE},
    {"vault": f"{VAULT}-2", "name": "backup-runbooks", "workspaceId": "/subscriptions/x/another"},
]


@pytest.fixture
def azure(tmp_path: Path) -> Subscriptions:
    """Everything that a deployment with VAULT_DIAGNOSTICS leaves outside of its group, as the other hook made it."""
    made = Subscriptions(tmp_path)
    assert made.run("rights.sh", **TOLD).returncode == 0
    ours = [one for one in made.holds["assignments"] if one != THEIRS]
    made.change(
        assignments=[
            STRANGER,
            *ours,
            assignment(POLICY["at"], "log-analytics", POLICY["principalId"], "a-policy"),
            assignment(WORKSPACE, "log-analytics", POLICY["principalId"], "a-workspace"),
        ],
        policies=[POLICY],
        remediations=[{"name": POLICY["name"], "at": POLICY["at"], "state": "Evaluating"}],
        vaults=[VAULT, f"{VAULT}-2"],
        settings=[SETTING, *OTHERS],
    )
    return made


def ran(azure: Subscriptions, refuses: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the hook as `azd down` does, with nobody to ask."""
    return azure.run(HOOK, refuses, **{**TOLD, "TAKE_AWAY": "yes", **more})


def left(azure: Subscriptions) -> dict[str, list[Any]]:
    """What is there, of everything that a deployment makes outside of its group."""
    kinds = ("assignments", "policies", "remediations", "settings", "groups", "roles")
    return {kind: azure.holds[kind] for kind in kinds if azure.holds[kind]}


NOTHING = {"assignments": [STRANGER], "settings": OTHERS}


def commands(done: "subprocess.CompletedProcess[str]") -> str:
    return "\n".join(line for line in done.stderr.splitlines() if line.startswith("  az "))


def test_everything_of_ours_goes_and_nothing_of_others(azure: Subscriptions) -> None:
    done = ran(azure)
    assert (done.returncode, done.stderr) == (0, "")
    assert left(azure) == NOTHING


def test_a_second_run_finds_nothing_and_is_content(azure: Subscriptions) -> None:
    ran(azure)
    assert ran(azure).returncode == 0
    assert not any(" delete " in call for call in azure.calls if "role definition" not in call)


def test_a_lock_on_a_group_keeps_its_assignment_alone_and_the_lines_that_are_told_remove_the_rest(
    azure: Subscriptions,
) -> None:
    azure.change(locks={POINTS: "CanNotDelete"})
    done = ran(azure)
    assert done.returncode == 1 and "azd down" in done.stderr
    assert azure.of_ours == {(CUSTODIAN, POINTS)}
    assert left(azure).keys() == NOTHING.keys() | {"roles"}
    assert azure.holds["roles"] == [{"name": CUSTODIAN, "at": f"/subscriptions/{DEPLOYED}"}]
    azure.change(locks={})
    assert len(commands(done).splitlines()) == 2
    assert azure.sh("-ec", commands(done)).returncode == 0
    assert left(azure) == NOTHING


def test_a_role_of_ours_that_somebody_else_holds_stays_and_is_told(azure: Subscriptions) -> None:
    azure.change(assignments=[*azure.holds["assignments"], THEIRS])
    done = ran(azure)
    assert done.returncode == 1 and f"--name {CUSTODIAN}" in commands(done)
    assert azure.holds["assignments"] == [STRANGER, THEIRS]


@pytest.mark.parametrize("refuses", ["role assignment delete", "policy remediation delete", "group delete", "--method"])
def test_what_azure_refuses_is_told_with_its_command_and_a_later_run_does_it(
    refuses: str, azure: Subscriptions
) -> None:
    done = ran(azure, refuses=refuses)
    assert done.returncode == 1 and refuses in commands(done)
    assert ran(azure).returncode == 0
    assert left(azure) == NOTHING


@pytest.mark.parametrize(
    "refuses", ["assignment list", "resource list", "rest --url", "group exists", "remediation list"]
)
def test_what_cannot_be_read_is_not_taken_for_gone(refuses: str, azure: Subscriptions) -> None:
    done = ran(azure, refuses=refuses)
    assert done.returncode == 1 and "could not be read" in commands(done) and refuses in commands(done)


def test_roles_go_from_the_subscription_that_was_deployed_to_whichever_az_has_chosen(azure: Subscriptions) -> None:
    ran(azure)
    gone = [call for call in azure.calls if "role definition delete" in call]
    assert len(gone) == len(ROLES) and all(f"--scope /subscriptions/{DEPLOYED} " in call for call in gone)


def test_what_was_made_while_vaults_logged_goes_although_they_do_not_any_more(azure: Subscriptions) -> None:
    assert ran(azure, VAULT_DIAGNOSTICS="false").returncode == 0
    assert left(azure) == NOTHING


def test_it_says_that_rights_go_before_azd_asks_and_what_brings_them_back(azure: Subscriptions) -> None:
    said = ran(azure).stdout
    assert "before azd asks" in said and "azd provision --no-state" in said and "GET /api/leases" in said


def test_where_nothing_was_deployed_nothing_is_called(azure: Subscriptions) -> None:
    assert azure.run(HOOK).returncode == 0
    assert azure.calls == []


@pytest.mark.parametrize("given", [{}, {"TAKE_AWAY": "no"}])
def test_with_nobody_to_ask_nothing_goes_unless_it_was_said_beforehand(
    given: dict[str, str], azure: Subscriptions
) -> None:
    before = left(azure)
    done = azure.run(HOOK, **TOLD, **given)
    assert done.returncode == 1 and "TAKE_AWAY=yes" in done.stderr
    assert (azure.calls, left(azure)) == ([], before)


def test_a_remediation_under_way_is_cancelled_before_it_is_deleted(azure: Subscriptions) -> None:
    ran(azure)
    verbs = [call.split()[3] for call in azure.calls if "policy remediation" in call and " list " not in call]
    assert verbs == ["cancel", "delete"] and azure.holds["remediations"] == []


@pytest.mark.parametrize("state", ["Succeeded", "Canceled", "Failed"])
def test_one_that_has_ended_cannot_be_cancelled_and_goes(state: str, azure: Subscriptions) -> None:
    azure.change(remediations=[{**one, "state": state} for one in azure.holds["remediations"]])
    assert ran(azure).returncode == 0
    assert left(azure) == NOTHING


def test_one_that_takes_a_while_to_end_is_told_and_the_rest_goes(azure: Subscriptions) -> None:
    azure.change(cancelled="Cancelling")
    done = ran(azure)
    assert (done.returncode, done.stderr) == (0, "")
    assert left(azure).keys() == NOTHING.keys() | {"remediations"}
    assert [one["state"] for one in azure.holds["remediations"]] == ["Cancelling"]
    [line] = [line for line in done.stdout.splitlines() if line.startswith("  az ")]
    azure.change(remediations=[{**one, "state": "Canceled"} for one in azure.holds["remediations"]])
    assert azure.sh("-c", line).returncode == 0
    assert left(azure) == NOTHING


def test_one_that_may_not_be_cancelled_keeps_its_policy_and_is_told_with_both_commands(azure: Subscriptions) -> None:
    done = ran(azure, refuses="policy remediation cancel")
    assert done.returncode == 1 and azure.holds["policies"] == [POLICY]
    assert "remediation cancel" in commands(done) and "remediation delete" in commands(done)
    assert ran(azure).returncode == 0 and left(azure) == NOTHING


def names(azure: Subscriptions, kind: str) -> list[str]:
    return [one["name"] for one in azure.holds[kind]]


def part(azure: Subscriptions, what: str, refuses: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the hook by hand, for one subscription or for what vaults were told."""
    return azure.run(HOOK, refuses, what, TAKE_AWAY="yes", **TOLD)


def test_a_subscription_that_is_not_watched_any_more_loses_everything_of_ours_and_no_other_does(
    azure: Subscriptions,
) -> None:
    kept = [one for one in azure.holds["assignments"] if one["scope"] == f"/subscriptions/{DEPLOYED}"]
    done = part(azure, WATCHED)
    assert (done.returncode, done.stderr) == (0, "") and "Entra" not in done.stdout
    assert azure.holds["assignments"] == [STRANGER, *kept]
    assert azure.holds["groups"] == [f"/subscriptions/{DEPLOYED}/resourceGroups/rg-test-alerts"]
    assert (azure.holds["policies"], azure.holds["remediations"], azure.holds["settings"]) == ([], [], OTHERS)
    assert sorted(names(azure, "roles")) == sorted(ROLES)


def test_the_app_keeps_what_it_stands_on_when_its_own_subscription_is_not_watched_any_more(
    azure: Subscriptions,
) -> None:
    storage = assignment(f"/subscriptions/{DEPLOYED}/resourceGroups/rg-test/providers/x/y", "blob", OURS, "storage")
    azure.change(assignments=[*azure.holds["assignments"], storage])
    assert part(azure, DEPLOYED).returncode == 0
    assert ("blob", storage["scope"]) in azure.of_ours
    assert not any(scope == f"/subscriptions/{DEPLOYED}" for _, scope in azure.of_ours)


def test_with_the_logging_of_vaults_switched_off_only_what_it_made_goes(azure: Subscriptions) -> None:
    before, groups = azure.of_ours, azure.holds["groups"]
    done = part(azure, "vault-diagnostics")
    assert (done.returncode, done.stderr) == (0, "")
    assert (azure.of_ours, azure.holds["groups"]) == (before, groups) and sorted(names(azure, "roles")) == sorted(ROLES)
    assert (azure.holds["policies"], azure.holds["remediations"], azure.holds["settings"]) == ([], [], OTHERS)
    assert not any(one["principalId"] == POLICY["principalId"] for one in azure.holds["assignments"])


def test_what_azure_keeps_of_a_part_is_told_with_the_line_to_run_again(azure: Subscriptions) -> None:
    done = part(azure, WATCHED, refuses="group delete")
    assert done.returncode == 1 and f"take-away.sh {WATCHED}" in done.stderr and "azd down" not in done.stderr


@pytest.mark.parametrize("what", [WATCHED, "vault-diagnostics"])
def test_a_part_goes_only_with_the_environment_loaded_and_with_consent(what: str, azure: Subscriptions) -> None:
    done = azure.run(HOOK, "", what, TAKE_AWAY="yes", AZURE_RESOURCE_GROUP="rg-test", **AFTER_A_FAILURE)
    assert done.returncode != 0 and "load the environment first" in done.stderr
    assert azure.calls == []
    assert azure.run(HOOK, "", what, **TOLD).returncode == 1
    assert azure.calls == []
