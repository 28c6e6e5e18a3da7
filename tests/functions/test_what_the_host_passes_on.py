"""The Functions host passes on what host.json lets through, and only what is told while a function runs."""

import json
from pathlib import Path

from tests.end_to_end.stage import staged

ROOT = Path(__file__).resolve().parents[2]
LEVELS = json.loads((ROOT / "host.json").read_text())["logging"]["logLevel"]


def level(category: str) -> str:
    """The longest rule that the category begins with decides
    (https://learn.microsoft.com/azure/azure-functions/configure-monitoring#configure-log-levels)."""
    rules = [name for name in LEVELS if category == name or category.startswith(f"{name}.")]
    return str(LEVELS[max(rules, key=len, default="default")])


def test_who_called_and_who_was_refused_is_passed_on_by_the_host() -> None:
    """These two run without the engine, and with it the exporters, being there."""
    for function in ("take_alert", "serve_api"):
        assert level(f"Function.{function}.User") == "Information"


def test_what_the_engine_exports_itself_comes_twice_only_as_a_warning() -> None:
    assert level("Function.advance_v1.User") == level("Function.reaper.User") == "Warning"
    assert level("Host.Results") == "Information"  # AppRequests, which alerts watch


def test_no_event_is_left_to_a_sample() -> None:
    sampling = json.loads((ROOT / "host.json").read_text())["logging"]["applicationInsights"]["samplingSettings"]
    assert {"Request", "Exception", "Trace"} <= set(sampling["excludedTypes"].split(";"))


async def test_a_shut_door_is_told_of_by_a_function_that_runs(tmp_path: Path) -> None:
    async with staged("extension_failed", tmp_path, {"ENTRA_AUDIENCE": "x"}) as stage:
        await stage.host.start()
        before = stage.host.errors().count("event=callers.wrong_setting")
        await stage.host.admin("POST", "/admin/functions/silence")
        await stage.host.idle()
        assert stage.host.errors().count("event=callers.wrong_setting") > before


async def test_an_alert_that_was_taken_is_told_of(tmp_path: Path) -> None:
    async with staged("extension_failed", tmp_path) as stage:
        await stage.host.start()
        payload = json.loads((ROOT / "tests/samples/A1b-INFERRED-alert-builtin-azure-backup-vm.json").read_text())
        status, _ = await stage.host.call("POST", "/api/alerts", payload)
        assert status == 202
        [told] = [line for line in stage.host.errors().splitlines() if "event=call.made" in line]
        assert "path=/api/alerts status=202" in told and "proof=key" in told
