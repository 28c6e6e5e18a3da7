"""The hook before `azd down` after a first provisioning that failed: ours is found, and nobody else's is touched."""

from pathlib import Path

import pytest

from tests.infra.fake_azure import assignment
from tests.infra.planted import ROOT
from tests.infra.subscriptions import AFTER_A_FAILURE, DEPLOYED, ROLES, WATCHED, WORKSPACE, Subscriptions
from tests.infra.test_take_away import HOOK, POLICY, commands, names


@pytest.fixture
def failed(tmp_path: Path) -> Subscriptions:
    """A first provisioning that made the roles and the policy, next to environments and roles of other people."""
    made = Subscriptions(tmp_path)
    here = f"/subscriptions/{DEPLOYED}"
    about = [("test", ROLES[0]), ("test", ROLES[1]), ("latest", "role-of-latest"), ("test2", "role-of-test2")]
    made.change(
        roles=[
            *(
                {"name": role, "at": here, "description": f"Reads. Made by the azd environment {of}."}
                for of, role in about
            ),
            {"name": "by-hand", "at": here, "description": "Reads."},
            {"name": "without", "at": here, "description": None},
        ],
        policies=[{**POLICY, "at": here}, {**POLICY, "at": here, "name": "vault-diagnostics-2", **ELSEWHERE}],
        remediations=[{"name": "vault-diagnostics-2", "at": here, "state": "Evaluating"}],
        assignments=[assignment(here, "log-analytics", one, one) for one in ("policy-1", "policy-2")],
    )
    return made


ELSEWHERE = {"principalId": "policy-2", "workspaceId": WORKSPACE.replace("rg-test/", "rg-test2/")}


def test_after_a_first_provisioning_that_failed_ours_goes_and_other_environments_stay(failed: Subscriptions) -> None:
    done = failed.run(HOOK, TAKE_AWAY="yes", **AFTER_A_FAILURE)
    assert (done.returncode, done.stderr) == (0, "")
    assert names(failed, "roles") == ["role-of-latest", "role-of-test2", "by-hand", "without"]
    assert names(failed, "policies") == names(failed, "remediations") == ["vault-diagnostics-2"]
    assert [one["principalId"] for one in failed.holds["assignments"]] == ["policy-2"]
    failed.run(HOOK, **AFTER_A_FAILURE)
    assert not any("delete" in call for call in failed.calls)


def test_nothing_of_it_goes_unasked(failed: Subscriptions) -> None:
    before = {**failed.holds, "calls": []}
    done = failed.run(HOOK, **AFTER_A_FAILURE)
    assert done.returncode == 1 and ROLES[0] in done.stdout and "vault-diagnostics-1" in done.stdout
    assert {**failed.holds, "calls": []} == before


@pytest.mark.parametrize("refuses", ["role definition list", "policy assignment list", " list "])
def test_what_of_it_cannot_be_read_is_not_taken_for_nothing(refuses: str, failed: Subscriptions) -> None:
    done = failed.run(HOOK, refuses, TAKE_AWAY="yes", **AFTER_A_FAILURE)
    assert done.returncode == 1 and refuses in commands(done) and "could not be read" in commands(done)


def test_a_role_of_it_that_azure_keeps_stops_azd_down_with_the_line_that_removes_it(failed: Subscriptions) -> None:
    done = failed.run(HOOK, "role definition delete", TAKE_AWAY="yes", **AFTER_A_FAILURE)
    assert done.returncode == 1 and f"--name {ROLES[0]}" in commands(done)
    assert failed.sh("-ec", commands(done)).returncode == 1  # still refused
    failed.change(refuses="")
    assert failed.sh("-ec", commands(done)).returncode == 0
    assert names(failed, "roles")[0] == "role-of-latest"


@pytest.mark.parametrize("written", ['"{}"', '\n  "33333333-dddd",\n  "{}"\n'])
def test_the_policy_is_looked_for_in_the_subscriptions_that_are_listed(
    written: str, failed: Subscriptions, tmp_path: Path
) -> None:
    failed.change(policies=[POLICY], refuses="", calls=[])
    (tmp_path / "infra").mkdir()
    listed = (
        f'{{"parameters": {{"subscriptions": {{ "value": [{written.format(WATCHED)}] }}, "vaults": {{"value": []}}}}}}'
    )
    (tmp_path / "infra/main.parameters.json").write_text(listed)
    failed.root = tmp_path
    hook = str(ROOT / "infra/hooks" / HOOK)
    assert failed.sh(hook, TAKE_AWAY="yes", **AFTER_A_FAILURE).returncode == 0
    assert failed.holds["policies"] == []


def test_the_roles_end_with_the_words_by_which_they_are_found() -> None:
    made = "Made by the azd environment"
    assert f"{made} ${{environmentName}}.'" in (ROOT / "infra/app/roles.bicep").read_text("utf-8")
    assert f'{made} $AZURE_ENV_NAME."' in (ROOT / "infra/hooks" / HOOK).read_text("utf-8")
