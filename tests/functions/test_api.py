"""The HTTP routes through the real worker, as their callers see them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.stage import Stage, staged

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A host over the world `extension_failed`, with the clock held still."""
    async with staged("extension_failed", tmp_path) as opened:
        await opened.host.start()
        yield opened


def alert(name: str = "A1b", **essentials: Any) -> dict[str, Any]:
    [path] = SAMPLES.glob(f"{name}-*.json")
    body: dict[str, Any] = json.loads(path.read_text())
    body["data"]["essentials"] |= essentials
    return body


def writes(stage: Stage) -> list[dict[str, Any]]:
    return [request for request in stage.box.requests() if request["write"]]


async def test_an_alert_is_accepted_once_it_lies_in_the_queue(stage: Stage) -> None:
    status, body = await stage.host.call("POST", "/api/alerts", alert())
    assert (status, body["results"][0]["status"]) == (202, "queued")
    assert "vm-app-01" in body["results"][0]["item"]


async def test_each_alert_of_a_list_gets_its_answer(stage: Stage) -> None:
    status, body = await stage.host.call("POST", "/api/alerts", [alert(), alert(monitorCondition="Resolved")])
    assert status == 202
    assert [result["status"].split(":")[0] for result in body["results"]] == ["queued", "ignored"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{not json", 400, "(body)"),
        (b"[]", 400, "(body)"),
        (b"{}", 400, "data"),
        (b'{"data": {"essentials": 7}}', 400, "data.essentials"),
        (json.dumps(alert("A2")).encode(), 400, "data.alertContext.condition.allOf[].dimensions"),
        (b" " * (256 * 1024 + 1), 413, "(body)"),
    ],
)
async def test_a_bad_alert_is_refused_and_the_field_is_named(
    stage: Stage, body: bytes, status: int, field: str
) -> None:
    answered, error = await stage.host.call("POST", "/api/alerts", body)
    assert (answered, error["error"]["field"]) == (status, field)
    assert error["error"]["message"]


async def test_no_route_answers_without_a_key(stage: Stage) -> None:
    for method, path in (
        ("POST", "/api/alerts"),
        ("GET", "/api/cases"),
        ("GET", "/api/health"),
        ("POST", "/api/cases"),
    ):
        assert (await stage.host.call(method, path, {}, key=None))[0] == 401, path


async def test_a_dry_run_yields_the_plan_and_changes_nothing(stage: Stage) -> None:
    case = stage.world["cases"][0]
    status, told = await stage.host.call("POST", "/api/cases", {"item": case["item"], "dry_run": True})
    assert status == 202
    await stage.host.idle()
    _, shown = await stage.host.call("GET", f"/api/cases/{told['case']}")
    assert shown["cause"] == "snapshot_extension_failed"
    assert [step["fix"] for step in shown["plan"]["steps"]] == ["reinstall_snapshot_extension", "trigger_backup"]
    assert (shown["outcome"], shown["changes"]) == ("needs a person", [])
    assert "dry run" in shown["reason"]
    assert writes(stage) == []


async def test_a_case_is_opened_by_the_machines_id(stage: Stage) -> None:
    item = stage.world["cases"][0]["item"]
    machine = f"/subscriptions/{stage.world['subscription']}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web-01"
    status, told = await stage.host.call("POST", "/api/cases", {"machine": machine, "dry_run": True})
    assert (status, told["item"].casefold()) == (202, item.casefold())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "(body)"),
        ({"item": "web-01"}, "(body)"),
        ({"item": 7}, "item"),
        ({"machine": "web-01"}, "(body)"),
        ({"itm": "x"}, "itm"),
        ({"item": "x", "dry_run": "perhaps"}, "dry_run"),
    ],
)
async def test_a_bad_manual_call_is_refused_and_the_field_is_named(stage: Stage, body: Any, field: str) -> None:
    status, error = await stage.host.call("POST", "/api/cases", body)
    assert (status, error["error"]["field"]) == (400, field), error


async def test_a_machine_without_protection_is_a_clear_404(stage: Stage) -> None:
    machine = f"/subscriptions/{stage.world['subscription']}/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/nobody"
    status, error = await stage.host.call("POST", "/api/cases", {"machine": machine})
    assert (status, error["error"]["field"]) == (404, "machine")


async def test_catalog_health_and_openapi_answer(stage: Stage) -> None:
    _, catalog = await stage.host.call("GET", "/api/catalog")
    assert "UserErrorRpCollectionLimitReached" in {runbook["code"] for runbook in catalog["runbooks"]}
    status, health = await stage.host.call("GET", "/api/health")
    assert (status, health["healthy"], health["changes_off"]) == (200, True, "")
    _, document = await stage.host.call("GET", "/api/openapi.json")
    assert {"/api/cases", "/api/cases/{case_id}", "/api/catalog", "/api/health"} <= set(document["paths"])
    for path in ("/api/cases/0000", f"/api/cases/{'a' * 5000}", "/api/nothing"):
        status, error = await stage.host.call("GET", path)
        assert (status, set(error)) == (404, {"error"}), path


async def test_what_is_ignored_is_recorded(stage: Stage) -> None:
    await stage.host.call("POST", "/api/alerts", alert("A1"))
    await stage.host.idle()
    _, body = await stage.host.call("GET", "/api/outcomes")
    assert [outcome["reason"] for outcome in body["outcomes"]] == ["workload not covered"]


async def test_a_bad_setting_stops_changes_and_not_the_intake(tmp_path: Path) -> None:
    async with staged("extension_failed", tmp_path, {"LEASE_HOURS": "soon"}) as stage:
        await stage.host.start()
        status, health = await stage.host.call("GET", "/api/health")
        assert status == 503
        assert "LEASE_HOURS" in health["problems"][0]
        item = stage.world["cases"][0]["item"]
        assert (await stage.host.call("POST", "/api/cases", {"item": item}))[0] == 202
        await stage.host.idle()
        [case] = await stage.cases()
        assert "LEASE_HOURS" in case["reason"]
        assert writes(stage) == []
