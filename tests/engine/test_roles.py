"""The custom roles hold exactly what the enabled modules need, each action in its own role, and nothing that grants rights."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from engine.policy import Mode, Policy, Rule
from engine.policy.file import read_policy
from engine.policy.scope import Scope
from engine.rights.needs import CLOSES_ALERTS, ENGINE, needed
from engine.rights.role_files import main, text
from engine.rights.roles import CUSTODIAN, GUEST, IDLE, KINDS, OPERATOR, READER, NoRole, define, kind_of, roles
from engine.settings import SHIPPED_POLICY
from gateway.arm.needs import actions_of
from gateway.arm.reads import Reads
from gateway.arm.starts import Starts
from remediations.contract import REMEDIATIONS, Risk
from sandbox.roles import parse_role
from tests.engine.driver import driving
from tests.engine.test_causes_permissions import asked
from tests.remediations.stage import follow

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "infra" / "roles"
OBSERVE = dict.fromkeys(Risk, Mode.OBSERVE)


def anywhere(definition: str) -> dict[str, Any]:
    """A role but for where it may be assigned, which a deployment says for itself."""
    return {name: held for name, held in json.loads(definition).items() if name != "AssignableScopes"}


def files(folder: Path) -> dict[str, Any]:
    return {path.name: anywhere(path.read_text("utf-8")) for path in folder.glob("*.json")}


def shipped() -> Policy:
    return read_policy(Path(SHIPPED_POLICY).read_text("utf-8"), SHIPPED_POLICY)


def held(policy: Policy) -> dict[str, tuple[str, ...]]:
    return {role.kind.key: role.actions for role in roles(policy)}


def test_the_committed_roles_are_those_of_the_shipped_policy() -> None:
    made = {f"{role.kind.key}.json": anywhere(text(role)) for role in roles(shipped())}
    assert files(COMMITTED) == made, "run `make role`"


def test_a_role_is_assignable_where_the_command_says(tmp_path: Path) -> None:
    one, two = (f"/subscriptions/{n * 8}-1111-4111-8111-111111111111" for n in "12")
    assert main(["--out", str(tmp_path), "--scope", one, "--scope", f"{two}/resourceGroups/rg-backup"]) == 0
    assert files(tmp_path) == files(COMMITTED)
    for path in tmp_path.iterdir():
        assert json.loads(path.read_text())["AssignableScopes"] == [one, f"{two}/resourceGroups/rg-backup"]


@pytest.mark.parametrize("scope", ["/", "/subscriptions/prod", f"/subscriptions/{'1' * 36}", "11111111"])
def test_a_scope_in_which_no_role_can_be_assigned_is_refused(scope: str, tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--out", str(tmp_path), "--scope", scope])
    assert ended.value.code == 2 and f"{scope!r} is no /subscriptions/<id>" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_role_file_is_what_the_azure_cli_takes() -> None:
    for path in COMMITTED.glob("*.json"):
        role = json.loads(path.read_text("utf-8"))
        assert list(role)[:3] == ["Name", "IsCustom", "Description"] and role["IsCustom"] is True
        assert role["Actions"] == sorted(role["Actions"], key=str.casefold) and len(role["Actions"]) > 0
        assert role["NotActions"] == role["DataActions"] == role["NotDataActions"] == []
        assert all(scope.startswith("/subscriptions/") for scope in role["AssignableScopes"])
        assert parse_role(role).actions == tuple(role["Actions"])


def test_no_role_holds_a_pattern_or_can_grant_rights() -> None:
    for actions in held(shipped()).values():
        for action in actions:
            assert "*" not in action
            grants = action.startswith("Microsoft.Authorization/") and not action.endswith("/read")
            assert not grants or action in (
                "Microsoft.Authorization/locks/write",
                "Microsoft.Authorization/locks/delete",
            )


@pytest.mark.parametrize(
    "planted",
    [
        "*",
        "*/read",
        "Microsoft.Compute/*",
        "Microsoft.Compute/virtualMachines/*",
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Authorization/roleDefinitions/write",
        "Microsoft.Authorization/elevateAccess/action",
        "microsoft.authorization/ROLEASSIGNMENTS/delete",
        "Microsoft.Authorization/denyAssignments/write",
        "Microsoft.Authorization/policyAssignments/write",
        "Microsoft.Authorization/locks/roleAssignments/write",
        "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
        "Microsoft.Resources/deployments/write",
        "Microsoft.Compute/restorePointCollections/write",
        "Microsoft.Compute/virtualMachines/read\n",
        "",
    ],
)
def test_an_action_that_no_role_may_hold_stops_the_generation_and_names_who_asked(planted: str) -> None:
    why = "is a pattern" if "*" in planted else "fits none of the roles|could grant rights"
    with pytest.raises(NoRole, match=f"({why}.*); needed by planted_fix"):
        define({**needed(shipped()), planted: ("planted_fix",)})


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("Microsoft.Authorization/roleAssignments/read", READER),
        ("Microsoft.RecoveryServices/locations/backupStatus/action", READER),
        ("Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action", OPERATOR),
        ("Microsoft.AlertsManagement/alerts/changestate/action", OPERATOR),
        ("Microsoft.Authorization/locks/delete", CUSTODIAN),
        ("Microsoft.Compute/restorePointCollections/restorePoints/delete", CUSTODIAN),
        ("Microsoft.Compute/virtualMachines/extensions/delete", GUEST),
        ("microsoft.compute/VIRTUALMACHINES/reapply/action", GUEST),
    ],
)
def test_each_action_has_its_role(action: str, kind: Any) -> None:
    assert kind_of(action) is kind


def test_what_the_policy_only_observes_gets_no_right_to_change() -> None:
    assert list(held(Policy(modes=OBSERVE))) == ["reader"]
    only_backups = held(Policy(modes={**OBSERVE, Risk.BACKUP: Mode.APPROVE}))
    assert list(only_backups) == ["reader", "vault_operator"]
    one_fix = Rule("one", Scope(group="rg-test"), fixes={"reinstall_snapshot_extension": Mode.AUTO})
    assert list(held(Policy(modes=OBSERVE, rules=(one_fix,)))) == ["reader", "guest"]


def test_what_the_policy_only_plans_gets_its_reads_and_no_right_to_change() -> None:
    planned = needed(Policy(modes=dict.fromkeys(Risk, Mode.PLAN)))
    assert list(held(Policy(modes=dict.fromkeys(Risk, Mode.PLAN)))) == ["reader"]
    for fix in REMEDIATIONS.values():
        reads = {action for action in fix.permissions if kind_of(action) is READER}
        assert reads and all(fix.name in planned[action] for action in reads)
    approving = Rule("one", Scope(group="rg-test"), modes={Risk.GOVERNANCE: Mode.APPROVE})
    assert list(held(Policy(modes=dict.fromkeys(Risk, Mode.PLAN), rules=(approving,)))) == ["reader", "custodian"]


def test_a_rule_for_everywhere_hides_what_stands_behind_it_from_the_roles() -> None:
    planning = Rule("plan", Scope(), modes=dict.fromkeys(Risk, Mode.PLAN))
    behind = Rule("auto", Scope(group="rg-test"), modes=dict.fromkeys(Risk, Mode.AUTO))
    assert list(held(Policy(rules=(planning, behind)))) == ["reader"]
    assert len(held(Policy(rules=(behind, planning)))) == 4


def test_alerts_are_closed_only_where_backups_may_be_triggered() -> None:
    assert CLOSES_ALERTS in held(shipped())["vault_operator"]
    extensions = Policy(modes={**OBSERVE, Risk.EXTENSION: Mode.AUTO})
    assert CLOSES_ALERTS not in needed(extensions)
    assert actions_of(Starts)["close_alert"] == (CLOSES_ALERTS,)


def test_a_policy_with_problems_enables_nothing() -> None:
    assert list(held(Policy(problems=("policy.toml line 1: no",)))) == ["reader"]


def test_every_read_that_the_engine_asks_of_the_gateway_itself_is_declared_for_its_part() -> None:
    known = set(actions_of(Reads))
    for path in sorted((ROOT / "engine").glob("**/*.py")):
        used = {read for read in _reads_of(path) if read in known}
        part = path.stem.partition("_")[0] if path.stem.startswith("preflight") else path.stem
        undeclared = used - set(ENGINE.get(part, ())) - {"backup_job_of"}  # changes: for a fix, which declares it
        assert not undeclared, (path.name, undeclared)


def _reads_of(path: Path) -> set[str]:
    """The names that a module takes from `reads`, as in `engine.reads.item(...)`."""
    taken = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)]
    return {node.attr for node in taken if ast.unparse(node.value).rpartition(".")[2] in ("reads", "_reads")}


def test_every_write_is_declared_by_the_fix_that_makes_it() -> None:
    declared = {action for fix in REMEDIATIONS.values() for action in fix.permissions} | {CLOSES_ALERTS}
    assert {action for actions in actions_of(Starts).values() for action in actions} <= declared


LOCKED = {"lock": [{"scope": "group:AzureBackupRG_westeurope_1", "name": "keep"}]}
POINTS = {"restore_points": 18, "restore_group": "AzureBackupRG_westeurope_1", "cleanup_stuck": True}
FAILED = {"snapshot_extension": "Failed", "snapshot_message": "Enable failed."}


@pytest.mark.parametrize(
    ("fix", "machine", "world", "params"),
    [
        ("trigger_backup", {}, {}, {}),
        ("trigger_backup", {}, {}, {"prefer_schedule": True}),
        ("remove_backup_group_locks", POINTS, LOCKED, {}),
        ("delete_restore_point_collection", POINTS, {}, {}),
        ("reinstall_snapshot_extension", FAILED, {}, {}),
    ],
)
async def test_a_fix_gets_by_with_what_it_declares(
    fix: str,
    machine: dict[str, Any],
    world: dict[str, Any],
    params: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failure = {"failure": {"code": "BackUpOperationFailed"}}
    made = {"name": "alone", "title": "t", "machine": [{"name": "web-01", **failure, **machine}], **world}
    async with driving(made, tmp_path, monkeypatch, role={"actions": list(REMEDIATIONS[fix].permissions)}) as driver:
        result = await follow(driver, fix, params=params)
        assert type(result).__name__ == "Done", result
        assert asked(driver.box.requests()) <= {action.casefold() for action in REMEDIATIONS[fix].permissions}


def everywhere(mode: Mode, folder: Path) -> list[str]:
    """The arguments by which the command writes the roles of a policy with one mode for every tier into the folder."""
    (policy := folder / "policy.toml").write_text("[modes]\n" + "".join(f'{risk} = "{mode}"\n' for risk in Risk))
    return ["--out", str(folder), "--policy", str(policy)]


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.PLAN])
def test_a_role_that_is_no_longer_needed_stays_with_one_read_of_the_reader_so_that_deploying_it_takes_its_rights(
    mode: Mode, tmp_path: Path
) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    assert files(tmp_path) == files(COMMITTED)
    assert main(everywhere(mode, tmp_path)) == 0
    reader, *others = (files(tmp_path)[f"{kind.key}.json"] for kind in KINDS)
    assert len(others) == 3 and reader["Description"] == READER.description
    for role in others:
        assert role["Actions"] == [IDLE] and IDLE in reader["Actions"]
        assert role["Description"].startswith("Not needed by the policy")
    assert main(["--out", str(tmp_path)]) == 0
    assert files(tmp_path) == files(COMMITTED)


def test_the_command_warns_where_no_role_may_return_a_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(everywhere(Mode.PLAN, tmp_path)) == 0
    assert "before you deploy this, see that GET /api/leases is empty" in capsys.readouterr().out
    assert main(everywhere(Mode.APPROVE, tmp_path)) == 0
    assert "GET /api/leases" not in capsys.readouterr().out


def test_the_command_says_what_is_wrong_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (policy := tmp_path / "policy.toml").write_text('[modes]\nbackup = "always"\n')
    assert main(["--out", str(tmp_path / "out"), "--policy", str(policy)]) == 1
    assert "line 2" in capsys.readouterr().out
    assert main(["--out", str(tmp_path / "out"), "--policy", str(tmp_path / "none.toml")]) == 2
    assert not (tmp_path / "out").exists()
