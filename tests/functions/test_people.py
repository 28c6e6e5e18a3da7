"""What a person does through the API, with the real worker behind it: decide about a plan, throw the switch."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.stage import Stage, staged
from tests.engine.asking import ASKS

START = datetime.fromisoformat("2026-03-02T02:30:00+00:00")
ADA = {"who": "Ada on call", "why": "looked at it"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A host over the world `extension_failed` whose policy asks before it touches an extension; the clock stands still."""
    (tmp_path / "asks.toml").write_text(ASKS)
    async with staged("extension_failed", tmp_path, {"POLICY_FILE": str(tmp_path / "asks.toml")}) as opened:
        await opened.host.start()
        yield opened


async def opened(stage: Stage) -> str:
    """A case that was just opened and has not asked yet."""
    _, told = await stage.host.call("POST", "/api/cases", {"item": stage.world["cases"][0]["item"]})
    await stage.host.idle()
    return str(told["case"])


async def asking(stage: Stage) -> dict[str, Any]:
    """The same case, once it asks: it first waits whether more items fail alike."""
    case_id = await opened(stage)
    await run(stage, minutes=5)
    case = await shown(stage, case_id)
    assert case["phase"] == "ask", case["timeline"]
    return case


async def to_the_end(stage: Stage) -> None:
    """Let time run until the case is closed."""
    await stage.host.admin("POST", "/admin/host/release-jump")
    await stage.until_closed(1)


async def run(stage: Stage, minutes: float) -> None:
    """Put the clock so much later than the start of the world, and let the host work off what fell due."""
    await stage.let_run(START + timedelta(minutes=minutes))
    await stage.host.idle()


async def shown(stage: Stage, case_id: str) -> dict[str, Any]:
    status, case = await stage.host.call("GET", f"/api/cases/{case_id}")
    assert status == 200, case
    return dict(case)


async def decide(stage: Stage, case_id: str, plan_hash: str, decision: str = "approve", **more: Any) -> tuple[int, Any]:
    body = {"decision": decision, "hash": plan_hash, **ADA, **more}
    answered: tuple[int, Any] = await stage.host.call("POST", f"/api/cases/{case_id}/decision", body)
    return answered


def kinds(stage: Stage) -> list[str]:
    return [change["kind"] for change in stage.box.changes() if change["kind"] != "alert.close"]


async def test_a_plan_is_shown_approved_carried_out_at_once_and_the_answer_stands(stage: Stage) -> None:
    case = await asking(stage)
    asks = case["asks"]
    assert asks["hash"] == case["plan"]["hash"] and "VMSnapshot" in asks["plan"] and asks["expires"] and asks["why"]
    assert [one["asks"] for one in await stage.cases()] == [asks]
    status, told = await decide(stage, case["id"], asks["hash"], change="CHG-7")
    assert (status, told["how"], told["decision"]["change"]) == (202, "recorded", "CHG-7")
    await stage.host.idle()
    assert kinds(stage) == ["extension.delete"], "the answer wakes the case: no time went by"

    assert (await decide(stage, case["id"], asks["hash"]))[1]["how"] == "known"
    status, told = await decide(stage, case["id"], asks["hash"], who="Cleo")
    assert (status, told["how"], told["decision"]["who"]) == (202, "known", "Ada on call")
    status, told = await decide(stage, case["id"], asks["hash"], "reject", who="Bob")
    assert status == 409 and "Ada on call decided `approve`" in told["error"]["message"]

    await to_the_end(stage)
    case = await shown(stage, case["id"])
    assert (case["outcome"], sorted(kinds(stage))) == ("remediated", ["backup.trigger", "extension.delete"])
    assert [change["kind"] for change in case["changes"]] == ["extension.delete", "backup.trigger"]
    status, told = await decide(stage, case["id"], "f" * 64)
    assert status == 409 and "it is closed" in told["error"]["message"] and told["asks"] == {}
    _, evidence = await stage.host.call("GET", f"/api/cases/{case['id']}/evidence")
    assert [(one["who"], one["decision"], one["change"]) for one in evidence["decisions"]] == [
        ("Ada on call", "approve", "CHG-7"),
        ("Cleo", "approve", ""),
    ]
    _, page = await stage.host.call("GET", f"/api/cases/{case['id']}/evidence?format=html")
    assert "Cleo" in page


async def test_what_is_not_asked_is_refused_with_what_is_asked_now(stage: Stage) -> None:
    case_id = await opened(stage)
    plan_hash = (await shown(stage, case_id))["plan"]["hash"]
    status, told = await decide(stage, case_id, plan_hash)
    assert status == 409 and "asks nothing now: its phase is gate" in told["error"]["message"]
    await run(stage, minutes=5)
    status, told = await decide(stage, case_id, "0" * 64)
    assert (status, told["error"]["field"]) == (409, "hash")
    assert told["asks"]["hash"] == told["plan"]["hash"] == plan_hash and told["plan"]["steps"]
    assert (await decide(stage, "0" * 32, plan_hash))[0] == 404
    assert (await stage.host.call("POST", f"/api/cases/{case_id}/decision", {}, key=None))[0] == 401
    assert kinds(stage) == []
    assert (await decide(stage, case_id, plan_hash, "reject"))[0] == 202
    await stage.host.idle()
    case = await shown(stage, case_id)
    assert (case["outcome"], case["reason"]) == ("needs a person", "Ada on call refused the plan: looked at it")


async def test_an_answer_after_the_question_expired_is_refused_and_says_so(stage: Stage) -> None:
    case = await asking(stage)
    await run(stage, minutes=24 * 60 + 30)
    for decision in ("approve", "reject"):
        status, told = await decide(stage, case["id"], case["asks"]["hash"], decision)
        assert status == 409 and "nobody answered by" in told["error"]["message"]
        assert "counts as a refusal" in told["error"]["message"]
    assert kinds(stage) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"decision": "perhaps"}, "decision"),
        ({"hash": "F" * 64}, "hash"),
        ({"hash": "0" * 63}, "hash"),
        ({"who": " "}, "who"),
        ({"who": None}, "who"),
        ({"why": ""}, "why"),
        ({"why": "x" * 2001}, "why"),
        ({"change": 7}, "change"),
        ({"change": "x" * 101}, "change"),
        ({"who": "\ud800"}, "who"),
        ({"note": "x"}, "note"),
    ],
)
async def test_a_bad_answer_names_the_field(stage: Stage, wrong: dict[str, Any], field: str) -> None:
    body = {"decision": "approve", "hash": "0" * 64, **ADA, **wrong}
    status, told = await stage.host.call("POST", f"/api/cases/{'0' * 32}/decision", body)
    assert (status, told["error"]["field"]) == (400, field), told


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"approve"', b"null"])
async def test_a_body_that_is_no_object_is_named_as_such(stage: Stage, body: bytes) -> None:
    for method, path in (("POST", f"/api/cases/{'0' * 32}/decision"), ("PUT", "/api/switch")):
        status, told = await stage.host.call(method, path, body)
        assert (status, told["error"]["field"]) == (400, "(body)"), told


async def test_the_switch_holds_an_approved_case_before_its_next_change_until_it_is_on_again(stage: Stage) -> None:
    case = await asking(stage)
    off = {"changes": "off", "who": "Ada", "why": "something is odd"}
    status, told = await stage.host.call("PUT", "/api/switch", off)
    assert (status, {**told, "at": ""}) == (200, {**off, "at": ""})
    assert (await stage.host.call("GET", "/api/switch")) == (200, told)
    assert (await decide(stage, case["id"], case["asks"]["hash"]))[0] == 202
    await run(stage, minutes=60)
    assert kinds(stage) == [] and "switched off by Ada" in (await shown(stage, case["id"]))["step"]
    assert "switched off by Ada" in (await stage.host.call("GET", "/api/health"))[1]["changes_off"]
    await stage.host.call("PUT", "/api/switch", {**off, "changes": "on"})
    await to_the_end(stage)
    assert (await shown(stage, case["id"]))["outcome"] == "remediated"
    _, found = await stage.host.call("GET", "/api/outcomes")
    assert [one["changes"] for one in found["outcomes"] if one["kind"] == "switch"] in (["off", "on"], ["on", "off"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"changes": "pause"}, "changes"), ({"changes": True}, "changes"), ({"who": ""}, "who"), ({"why": None}, "why")],
)
async def test_a_bad_switch_names_the_field_and_changes_nothing(stage: Stage, wrong: Any, field: str) -> None:
    body = {"changes": "off", **ADA, **wrong}
    status, told = await stage.host.call("PUT", "/api/switch", body)
    assert (status, told["error"]["field"]) == (400, field), told
    assert (await stage.host.call("GET", "/api/switch"))[1]["changes"] == "on"


async def test_the_openapi_document_shows_what_a_person_may_send(stage: Stage) -> None:
    _, document = await stage.host.call("GET", "/api/openapi.json")
    decision = document["paths"]["/api/cases/{case_id}/decision"]["post"]
    answer = document["components"]["schemas"]["Answer"]
    assert decision["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Answer")
    assert {"202", "400", "404", "409"} <= set(decision["responses"]) and "stale hash" in decision["description"]
    assert answer["required"] == ["decision", "hash", "who", "why"] and "change" in answer["properties"]
    assert answer["properties"]["decision"]["enum"] == ["approve", "reject"]
    assert set(document["paths"]["/api/switch"]) == {"get", "put"}
    assert document["components"]["schemas"]["SwitchTo"]["properties"]["changes"]["enum"] == ["on", "off"]
