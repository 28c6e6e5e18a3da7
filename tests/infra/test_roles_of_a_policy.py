"""`make role`, then a deployment: for every policy without an edit of Bicep, and with no right that the policy does not need."""

import json
from typing import Any

import pytest

from engine.policy import Mode
from engine.policy.file import read_policy
from engine.rights.role_files import main
from engine.rights.roles import KINDS
from infra.check.roles import _loads
from infra.check.source import read
from remediations.contract import Risk
from tests.infra.planted import Project

CANARY = """
[[rule]]
name = "canary"
vault = "rsv-canary"
modes = { governance = "approve" }
"""
READS = ("/read", "Microsoft.RecoveryServices/locations/backupStatus/action")


def made_for(project: Project, mode: Mode, more: str = "") -> dict[str, Any]:
    """The roles by what each is, after `make role` for a policy with one mode for every tier."""
    modes = "".join(f'{risk} = "{mode}"\n' for risk in Risk)
    (policy := project.root / "policy.toml").write_text(f"[modes]\n{modes}{more}", "utf-8")
    assert read_policy(policy.read_text("utf-8"), str(policy)).problems == ()
    assert main(["--policy", str(policy), "--out", str(project.root / "infra/roles")]) == 0
    return {kind.key: json.loads((project.root / f"infra/roles/{kind.key}.json").read_text("utf-8")) for kind in KINDS}


def may_change(roles: dict[str, Any]) -> list[str]:
    return [name for name, role in roles.items() if any(not one.endswith(READS) for one in role["Actions"])]


@pytest.mark.parametrize(
    ("mode", "more", "changing"),
    [
        (Mode.OBSERVE, "", []),
        (Mode.PLAN, "", []),
        (Mode.PLAN, CANARY, ["custodian"]),
        (Mode.APPROVE, "", ["vault_operator", "custodian", "guest"]),
        (Mode.AUTO, "", ["vault_operator", "custodian", "guest"]),
    ],
)
def test_the_check_is_green_and_only_what_is_needed_may_change_something(
    mode: Mode, more: str, changing: list[str], project: Project
) -> None:
    assert may_change(made_for(project, mode, more)) == changing
    assert project.errors() == []


@pytest.mark.parametrize("mode", [Mode.PLAN, Mode.APPROVE])
def test_bicep_loads_the_four_files_and_azure_would_take_each_role(mode: Mode, project: Project) -> None:
    roles = made_for(project, mode)
    loaded = {said for _, said in _loads(read(project.root / "infra/app/roles.bicep"))}
    assert loaded == {f"../roles/{name}.json" for name in roles}
    for role in roles.values():
        assert role["Actions"], "Azure refuses a role without actions"
        assert role["NotActions"] == role["DataActions"] == role["NotDataActions"] == []
    assert len({role["Name"] for role in roles.values()}) == len(roles)


def test_roles_of_the_policy_before_are_told_as_stale(project: Project) -> None:
    made_for(project, Mode.APPROVE)
    before = (project.root / "infra/roles/guest.json").read_text("utf-8")
    made_for(project, Mode.PLAN)
    (project.root / "infra/roles/guest.json").write_text(before, "utf-8")
    assert project.errors() == ["infra/roles/guest.json: error: is not what the policy needs: run `make role`"]
