"""The deployment that the project ships."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from engine.case import Failure
from engine.intake import read_alert
from engine.settings import hosting_problems, read_settings
from engine.telemetry.events import tell
from infra.check import nodes
from infra.check.__main__ import main
from infra.check.kql import names
from infra.check.outcomes import columns
from infra.check.resources import NOT_AT_HAND
from infra.check.rights import OF_AZD
from infra.check.settings import _written
from infra.check.settings_read import read_settings_of
from infra.check.source import Source, read, read_all
from infra.check.type_data import SHIPPED, TypeData
from infra.check.whole import check
from tests.infra.planted import CODE, COPIED, ROOT, Project

APP = ROOT / "infra/app"


def bicep(name: str) -> Source:
    return read(APP / name)


def test_the_check_is_green(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "0 errors" in capsys.readouterr().out


def test_a_copy_without_a_fault_is_green_so_that_each_planted_fault_speaks_for_itself(project: Project) -> None:
    assert project.errors() == []


def test_the_only_warning_is_the_kind_direct_which_azures_types_do_not_list_yet() -> None:
    warnings = [one.text for one in check(ROOT, TypeData(SHIPPED)) if one.level == "warning"]
    assert warnings == ["kind: 'Direct' is none of Linux, Windows"]


def test_every_resource_but_those_of_the_network_is_held_against_azures_types() -> None:
    types = TypeData(SHIPPED)
    used = {one.of for source in read_all(ROOT / "infra", ROOT) for one in source.of_kind("resource")}
    unchecked = {name for name in used if types.body(name) is None}
    assert {name.partition("/")[0].lower() for name in unchecked} == NOT_AT_HAND


def test_the_settings_that_bicep_writes_are_without_a_problem_for_the_code_that_reads_them() -> None:
    values = {name: "" for name, _ in _written(bicep("functions.bicep"))}
    values |= {
        "STORE_URL": "https://st1.table.core.windows.net",
        "SWEEP_SCHEDULE": "0 0 4 * * *",
        "ARM_ENDPOINT": "https://management.azure.com/",
        "CHANGES": "on",
        **{
            f"AzureWebJobsStorage__{one}ServiceUri": f"https://st1.{one}.core.windows.net/"
            for one in ("blob", "queue", "table")
        },
    }
    assert read_settings(values).problems == () == hosting_problems(values)


def test_the_settings_for_tokens_are_without_a_problem_either() -> None:
    client = "00000000-0000-0000-0000-000000000001"
    values = {
        "STORE_URL": "https://st1.table.core.windows.net",
        "ENTRA_TENANT_ID": "00000000-0000-0000-0000-000000000002",
        "ENTRA_AUDIENCE": f"api://{client},{client}",  # join(audiences, ',') in functions.bicep
        "ENTRA_AUTHORITY": "https://login.microsoftonline.com/",  # environment().authentication.loginEndpoint
    }
    assert read_settings(values).problems == ()


def test_every_name_that_the_code_reads_is_found() -> None:
    read_ones = read_settings_of(ROOT)
    assert {"STORE_URL", "SWEEP_SCHEDULE", "LEASE_HOURS", "AzureWebJobsStorage__tableServiceUri"} <= read_ones.names
    assert read_ones.connections == {"AzureWebJobsStorage"}
    assert read_ones.unclear == ()


def test_an_alert_of_the_job_rule_names_the_item_the_job_and_the_code_to_the_engine() -> None:
    """Azure puts into the alert the columns that the rule is split by, and nothing else of the row."""
    text = (APP / "job-alerts.bicep").read_text("utf-8")
    unique = "weu;aaaaaaaa-0000-0000-0000-000000000001;iaasvmcontainerv2;rg-web;web-01"
    vault = "/subscriptions/aaaaaaaa-0000-0000-0000-000000000001/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/vault"
    row = {
        "BackupItemUniqueId": unique,
        "JobUniqueId": "bbbbbbbb-0000-0000-0000-000000000001",
        "JobFailureCode": "UserErrorVmNotInDesirableState",
        "JobOperation": "Backup",
        "ResourceId": vault,
    }
    split_by = re.findall(r"\{ name: '(\w+)', operator: 'Include'", text)
    assert split_by == list(row)
    alert = json.loads((ROOT / "tests/samples/A2-alert-log-search-v2-TEST-ACTION.json").read_text("utf-8"))
    alert["data"]["alertContext"]["condition"]["allOf"][0]["dimensions"] = [
        {"name": name, "value": row[name]} for name in split_by
    ]
    failure = read_alert(alert)
    assert isinstance(failure, Failure)
    assert (failure.job, failure.code) == (row["JobUniqueId"], row["JobFailureCode"])
    assert failure.item_id.casefold().startswith(vault)
    assert "web-01" in failure.item_id


def test_every_query_of_an_alert_starts_from_a_table_that_is_written() -> None:
    listed = json.loads((APP / "engine-alerts.json").read_text("utf-8"))
    assert {table for one in listed for table in names(one["query"]).tables} == {"AppTraces", "AppRequests"}
    assert len({one["name"] for one in listed}) == len(listed)


def test_the_workbook_shows_outcomes_causes_mean_time_to_repair_and_what_waits_for_a_person() -> None:
    shown = {one["name"] for one in json.loads((APP / "workbook.json").read_text("utf-8"))["items"]}
    assert {"outcomes over time", "by cause", "mean time to repair", "waits for a person"} <= shown
    assert "open approvals" in shown
    assert columns(bicep("outcomes.bicep"))[0] == "BackupRunbooks_CL"


def test_the_tile_of_open_approvals_reads_the_events_that_the_engine_writes(caplog: pytest.LogCaptureFixture) -> None:
    items = json.loads((APP / "workbook.json").read_text("utf-8"))["items"]
    [query] = [one["content"]["query"] for one in items if one["name"] == "open approvals"]
    until = "2026-11-22T20:49:49.123456+00:00"
    tell("approval.waiting", case="c1", machine="web-01", cause="backup_group_locked", until=until)
    tell("case.decision", case="c1", machine="web-01", text="approve by Ada: event=no case=none")
    line, answer = caplog.messages
    asked, answered = re.findall(r'Message has "(\S+)"', query)
    assert line.startswith(f"{asked} ") and answer.startswith(f"{answered} ")
    patterns = dict(re.findall(r"(\w+) = [^=]*?extract\(@\"(.+?)\", 1, Message\)", query))
    found = {name: match[1] for name, pattern in patterns.items() if (match := re.search(pattern, line))}
    event = found.pop("Event")
    assert found == {"CaseId": "c1", "Machine": "web-01", "Cause": "backup_group_locked", "Until": until}
    said = [re.findall(patterns[name], answer)[0] for name in ("Event", "CaseId")]
    assert said == ["case.decision", "c1"]
    assert f'Event == "{event}"' in query  # the newest of the two decides
    assert "arg_max" in query and "by CaseId" in query  # a warning comes twice: from the engine and from the host


def test_what_is_told_once_leaves_its_alert_open_and_everything_else_resolves_it() -> None:
    listed = json.loads((APP / "engine-alerts.json").read_text("utf-8"))
    once = {one["name"] for one in listed if one["once"]}
    assert once == {"engine-poison-queue", "engine-breaker-open", "engine-incident", "engine-approval-waiting"}
    rules = bicep("engine-alerts.bicep").named("resource", "rules")
    assert rules is not None
    assert nodes.text(nodes.properties(nodes.properties(rules.value)["properties"])["autoMitigate"]) == "!one.once"


def test_roles_may_be_assigned_in_the_subscription_in_which_they_are_defined() -> None:
    main_file = read(ROOT / "infra/main.bicep")
    roles, lives = main_file.named("module", "roles"), main_file.named("var", "rolesLiveIn")
    assert roles is not None and lives is not None
    assert "rolesLiveIn" in nodes.text(nodes.properties(nodes.properties(roles.value)["params"])["assignableScopes"])
    assert nodes.text(lives.value).startswith("union(map(watched")
    assert "subscription().subscriptionId" in nodes.text(lives.value)


def test_azd_does_not_take_the_deployment_of_rights_for_its_own() -> None:
    name = read(ROOT / "infra/main.bicep").named("output", "RIGHTS_DEPLOYMENT")
    assert name is not None and "environmentName" not in nodes.text(name.value)
    deployed = re.findall(r"az deployment .*", (ROOT / "infra/hooks/rights.sh").read_text("utf-8"))
    assert len(deployed) == 1 and "$RIGHTS_DEPLOYMENT" in deployed[0] and "--tags" not in deployed[0]
    assert "azd-env-name" not in (ROOT / "infra/rights.bicep").read_text("utf-8")


def test_the_workflow_runs_for_everything_that_the_check_reads() -> None:
    workflow = (ROOT / ".github/workflows/infra.yml").read_text("utf-8")
    [listed] = re.findall(r"paths:\n((?: +- .+\n)+)", workflow)
    paths = re.findall(r'- "(.+)"', listed)
    for name in (*COPIED, *CODE, "azure.yaml", "infra/check/whole.py", "tests/infra/conftest.py"):
        below = f"{name}/x" if (ROOT / name).is_dir() else name
        assert any(fnmatch(below, path) for path in paths), name


def test_storage_takes_no_keys_and_application_insights_no_instrumentation_key_alone() -> None:
    for file, resource, flag, value in [
        ("storage.bicep", "account", "allowSharedKeyAccess", "false"),
        ("telemetry.bicep", "insights", "DisableLocalAuth", "true"),
    ]:
        declared = bicep(file).named("resource", resource)
        assert declared is not None
        assert nodes.text(nodes.properties(nodes.properties(declared.value)["properties"])[flag]) == value


def test_the_package_that_is_deployed_holds_nothing_of_the_deployment_itself() -> None:
    left_out = (ROOT / ".funcignore").read_text("utf-8").split()
    assert {"infra", "tests", "sandbox"} <= set(left_out)


@pytest.mark.parametrize("file", sorted((ROOT / "infra/hooks").glob("*.sh")), ids=lambda file: Path(file).name)
def test_a_hook_reads_only_what_the_deployment_tells_or_a_person_sets(file: Path) -> None:
    main_file = read(ROOT / "infra/main.bicep")
    told = {one.name for one in main_file.of_kind("output")}
    given = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "infra/main.parameters.json").read_text("utf-8")))
    script = file.read_text("utf-8")
    own = set(re.findall(r"^([A-Z_]+)=", script, re.M)) | {
        "IFS",
        "TAKE_AWAY",
    }  # the last is a person's word for one run
    assert set(re.findall(r"\$\{?([A-Z][A-Z_]+)", script)) <= told | given | own | OF_AZD
