"""What the pages name is there: settings, routes, targets, parameters, rights, alerts, links."""

import json
import re
import shlex
from pathlib import Path

import pytest

from engine.settings import Callers, Settings
from functions.api_app import make_app
from functions.api_cases import Answer, NewCase
from functions.api_owner import CloseBreaker, SwitchTo
from infra.check.settings import _written
from infra.check.settings_read import read_settings_of
from infra.check.source import read_all
from tests.docs.told import DOCS, ROOT, WRITTEN, Page, anchors, page, pages

PAGES = pytest.mark.parametrize("told", pages(), ids=lambda told: told.name)
BODIES = {"PUT /api/switch": SwitchTo, "PUT /api/breaker": CloseBreaker, "POST /api/cases": NewCase}


def routes() -> set[tuple[str, str]]:
    document = make_app(Callers()).openapi()
    own = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    return own | {("GET", "/api/openapi.json")}


def answers(call: tuple[str, str], known: set[tuple[str, str]]) -> bool:
    """Whether a route answers the call; a page may call a part of a path `{id}`, `<code>` or by an example."""
    method, path = call
    return any(method == m and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", p), path) for m, p in known)


def test_every_setting_that_the_code_reads_is_on_the_settings_page_and_none_more() -> None:
    written = {name for source in read_all(ROOT / "infra", ROOT) for name, _ in _written(source)}
    assert set(page(DOCS / "settings.md").settings()) == read_settings_of(ROOT).names | written


def test_the_settings_page_tells_the_defaults_of_the_code() -> None:
    told, plain = page(DOCS / "settings.md").settings(), Settings()
    for name in (
        "changes",
        "lease_hours",
        "on_demand_per_day",
        "on_demand_retention_days",
        "sweep_max_cases",
        "arm_endpoint",
    ):
        assert told[name.upper()] == f"{getattr(plain, name)}"
    assert told["ENTRA_AUTHORITY"] == Callers().authority


def test_the_parameters_on_the_settings_page_are_those_of_bicep() -> None:
    rows = [line.strip("| ").split("|") for line in (DOCS / "settings.md").read_text("utf-8").splitlines()]
    told = {row[3].strip(" `") for row in rows if len(row) == 4 and "`" in row[3]}
    assert told and told <= parameters()


def parameters() -> set[str]:
    return set(re.findall(r"^param (\w+)", (ROOT / "infra/main.bicep").read_text("utf-8"), re.M))


@PAGES
def test_every_call_that_is_named_is_answered(told: Page) -> None:
    known = routes()
    assert [call for call in sorted(told.calls) if not answers(call, known)] == []


def test_the_calls_of_the_pages_are_found_and_a_wrong_one_is_not_answered() -> None:
    found = Page("x", 'see `GET /api/cases/{id}`, call PUT "/api/switch?x=1", `DELETE /api/cases`').calls
    assert found == {("GET", "/api/cases/{id}"), ("PUT", "/api/switch"), ("DELETE", "/api/cases")}
    assert not answers(("DELETE", "/api/cases"), routes())
    assert len(set().union(*(told.calls for told in pages()))) > 15


def test_every_route_is_told_of_on_some_page() -> None:
    told = {call for one in pages() for call in one.calls}
    missing = [route for route in routes() if not any(answers(call, {route}) for call in told)]
    assert missing in ([], [("GET", "/api/catalog")])


@PAGES
def test_every_target_that_is_named_is_in_the_makefile(told: Page) -> None:
    made = set(re.findall(r"^([a-z][\w -]*):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert sorted(told.targets - {name for names in made for name in names.split()}) == []


@PAGES
def test_bodies_that_are_shown_hold_the_fields_that_are_asked_for(told: Page) -> None:
    for line in (line for line in told.code if " -d '{" in line):
        words = shlex.split(line, comments=True)
        body = json.loads(words[words.index("-d") + 1])
        method, path = next((words[at], words[at + 1]) for at, word in enumerate(words) if word in ("PUT", "POST"))
        model = Answer if path.endswith("/decision") else BODIES[f"{method} {path}"]
        fields = model.model_fields
        assert set(body) <= set(fields), line
        assert {name for name, field in fields.items() if field.is_required()} <= set(body), line


@PAGES
def test_every_switch_of_azd_is_one_of_the_parameters_file(told: Page) -> None:
    taken = set(re.findall(r"\$\{(\w+)", (ROOT / "infra/main.parameters.json").read_text("utf-8")))
    assert set(re.findall(r"azd env set (\w+)", told.text)) <= taken


def test_the_lists_and_parameters_that_are_named_exist() -> None:
    names = {
        "restorePointGroups",
        "machineGroups",
        "operatorEmails",
        "callerRanges",
        "logRetentionDays",
        "vaults",
        "subscriptions",
    }
    assert names <= parameters()


def test_the_security_page_names_every_action_of_the_roles_that_changes_something() -> None:
    actions = {
        one for file in (ROOT / "infra/roles").glob("*.json") for one in json.loads(file.read_text("utf-8"))["Actions"]
    }
    changing = {one for one in actions if not one.endswith("/read")} - {
        "Microsoft.RecoveryServices/locations/backupStatus/action"  # asks which vault protects a machine
    }
    rows = [
        line for line in (DOCS / "security.md").read_text("utf-8").splitlines() if line.startswith("| Backup Runbooks")
    ]
    assert set(re.findall(r"`(Microsoft\.[^`]+)`", "\n".join(rows))) == changing


def test_the_operations_page_says_what_to_do_at_each_alert_of_the_engine() -> None:
    titles = [one["title"] for one in json.loads((ROOT / "infra/app/engine-alerts.json").read_text("utf-8"))]
    rows = (DOCS / "operations.md").read_text("utf-8").partition("## An alert about the engine")[2]
    assert set(re.findall(r"^\| ([^|`]+?) \|", rows, re.M)) - {"alert"} == {t.partition(": ")[2] for t in titles}


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_within_the_project_hold(path: Path) -> None:
    for link in page(path).links:
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{path.name}: {link}"
        assert not anchor or anchor in anchors(target.read_text("utf-8")), f"{path.name}: {link}"


def test_the_alert_processing_rule_that_a_page_names_is_there() -> None:
    assert "backup-failures-to-engine" in (ROOT / "infra/app/backup-alerts.bicep").read_text("utf-8")
