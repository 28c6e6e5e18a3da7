"""The audit where function keys open the app: what was done is certain, who did it is the body's word."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from functions.callers.audit import may_have_changed
from tests.end_to_end.stage import Stage, staged

NO_AUDIT = """CREATE TRIGGER no_audit BEFORE INSERT ON entry WHEN NEW.tbl = 'audit'
BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"""
NO_END = NO_AUDIT.replace("'audit'", "'audit' AND NEW.key LIKE '%|ended'")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A host over the world `extension_failed`, with the clock held still."""
    async with staged("extension_failed", tmp_path) as opened:
        await opened.host.start()
        yield opened


async def test_with_a_key_the_audit_holds_the_name_that_the_body_gave(stage: Stage) -> None:
    off = {"changes": "off", "who": "Ada", "why": "something is odd"}
    await stage.host.call("PUT", "/api/switch", off)
    await stage.host.call("POST", "/api/cases", {"item": stage.world["cases"][0]["item"], "dry_run": True})
    status, told = await stage.host.call("GET", "/api/audit")
    calls = {(one["path"], one["who"], one["proof"], one["oid"], one["status"]) for one in told["calls"]}
    assert (status, told["more"]) == (200, False)
    assert calls == {("/api/switch", "Ada", "key", "", 200), ("/api/cases", "", "key", "", 202)}


async def test_with_a_key_the_body_must_say_who(stage: Stage) -> None:
    for path, body in (
        ("/api/switch", {"changes": "off", "why": "x"}),
        ("/api/breaker", {"fix": "x", "vault": _vault(stage), "why": "x"}),
        (f"/api/cases/{'0' * 32}/decision", {"decision": "approve", "hash": "0" * 64, "why": "x"}),
    ):
        method = "POST" if path.endswith("decision") else "PUT"
        status, told = await stage.host.call(method, path, body)
        assert (status, told["error"]) == (400, {"field": "who", "message": "`who` is missing: add it"})
    assert (await stage.host.call("GET", "/api/audit"))[1] == {"calls": [], "more": False}


async def test_a_forged_word_of_the_platform_names_nobody(stage: Stage) -> None:
    forged = {"X-MS-CLIENT-PRINCIPAL-NAME": "eve@example.com", "X-MS-CLIENT-PRINCIPAL": "eyJ9"}
    body = {"changes": "on", "who": "Ada", "why": "x"}
    await stage.host.call("PUT", "/api/switch", body, headers=forged)
    _, told = await stage.host.call("GET", "/api/audit")
    assert [one["who"] for one in told["calls"]] == ["Ada"]


@pytest.mark.parametrize(
    ("status", "kept"),
    [(0, True), (200, True), (202, True), (307, True), (409, True), (500, True), (503, True), (400, False)],
)
def test_whatever_may_have_left_a_trace_is_kept(status: int, kept: bool) -> None:
    assert may_have_changed(status) == kept


async def test_a_call_that_cannot_be_recorded_is_not_said_to_be_done(tmp_path: Path) -> None:
    async with staged("extension_failed", tmp_path, {"STORE_URL": "sqlite://store.db"}) as stage:
        await stage.host.start()
        status, told = await stage.host.call("PUT", "/api/switch", {"changes": "off", "who": "Ada", "why": "x"})
        assert (status, told["error"]["field"]) == (503, "STORE_URL")


async def test_what_cannot_be_recorded_is_not_done(stage: Stage) -> None:
    off, item = {"changes": "off", "who": "Ada", "why": "x"}, {"item": stage.world["cases"][0]["item"]}
    await stage.host.call("GET", "/api/switch")
    with closing(sqlite3.connect(stage.host.settings["STORE_URL"].removeprefix("sqlite://"))) as store:
        store.execute(NO_AUDIT)
        for method, path, body in (("PUT", "/api/switch", off), ("POST", "/api/cases", item)):
            status, told = await stage.host.call(method, path, body)
            assert (status, told["error"]["field"]) == (503, "(store)") and "call again" in told["error"]["message"]
        await stage.host.idle()
        assert (await stage.cases()) == [], "what the call would have queued did not go out"
        assert (await stage.host.call("GET", "/api/switch"))[1]["changes"] == "on"
        assert "event=audit.lost" in stage.host.errors()
        store.execute("DROP TRIGGER no_audit")
    assert (await stage.host.call("PUT", "/api/switch", off))[0] == 200
    assert len((await stage.host.call("GET", "/api/audit"))[1]["calls"]) == 1


async def test_what_was_done_is_on_record_though_its_answer_is_not(stage: Stage) -> None:
    """As where the app is ended between the two: the call stands there as not answered."""
    off = {"changes": "off", "who": "Ada", "why": "x"}
    await stage.host.call("GET", "/api/switch")
    with closing(sqlite3.connect(stage.host.settings["STORE_URL"].removeprefix("sqlite://"))) as store:
        store.execute(NO_END)
        status, told = await stage.host.call("PUT", "/api/switch", off)
        assert status == 503 and "does nothing twice" in told["error"]["message"]
        assert (await stage.host.call("GET", "/api/switch"))[1]["changes"] == "off"
        [made] = (await stage.host.call("GET", "/api/audit"))[1]["calls"]
        assert (made["status"], made["method"], made["path"], made["proof"]) == (0, "PUT", "/api/switch", "key")
        store.execute("DROP TRIGGER no_audit")
    assert (await stage.host.call("PUT", "/api/switch", off))[0] == 200
    calls = (await stage.host.call("GET", "/api/audit"))[1]["calls"]
    assert [one["status"] for one in calls] == [200, 0]


def _vault(stage: Stage) -> str:
    return str(stage.world["cases"][0]["item"]).partition("/backupFabrics/")[0]
