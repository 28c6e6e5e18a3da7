"""The hook before `azd down`: everything of ours outside the app's group goes, nothing of others, and what stays is told."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.fake_azure import assignment
from tests.infra.subscriptions import (
    CUSTODIAN,
    DEPLOYED,
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
POLICY = {"name": "vault-diagnostics-1", "at": f"/subscriptions/{WATCHED}", "principalId": "policy-1"}
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
        assignments=[STRANGER, *ours, assignment(POLICY["at"], "log-analytics", POLICY["principalId"], "a-policy")],
        policies=[POLICY],
        remediations=[{"name": POLICY["name"], "at": POLICY["at"]}],
        vaults=[VAULT, f"{VAULT}-2"],
        settings=[SETTING, *OTHERS],
    )
    return made


def ran(azure: Subscriptions, refuses: str = "", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run the hook as `azd down` does, with nobody to ask."""
    return azure.run(HOOK, refuses, **{**TOLD, **more})


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
