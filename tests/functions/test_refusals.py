"""What callers are told when they got something wrong, through the real worker: the field, and what to write there."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.settings import Callers
from functions.api_app import make_app
from tests.end_to_end.stage import Stage, staged

DECISION = f"/api/cases/{'0' * 32}/decision"
GIVEN = {"decision": "approve", "hash": "0" * 64, "who": "Ada", "why": "looked at it"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A host over the world `extension_failed`, with the clock held still."""
    async with staged("extension_failed", tmp_path) as opened:
        await opened.host.start()
        yield opened


async def told(stage: Stage, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
    status, answer = await stage.host.call(method, path, body)
    return status, answer["error"]["field"], answer["error"]["message"]


async def test_each_wrong_answer_is_told_what_to_write(stage: Stage) -> None:
    for wrong, words in (
        ({"hash": "0f"}, "`hash` is the 64 hex digits of `asks.hash`, see GET /api/cases/{id}"),
        ({"decision": "yes"}, '`decision` must be "approve" or "reject"'),
        ({"who": ""}, "`who` must not be empty"),
        ({"who": None}, "`who` must be text in quotes"),
        ({"who": "\ud800"}, "`who` must be text of whole characters"),
        ({"why": "x" * 2001}, "`why` must have at most 2000 characters"),
        ({"chnge": "7"}, "`chnge` is no field here; did you mean `change`?"),
        ({"note": "7"}, "`note` is no field here; fields are decision, hash, who, why, change"),
    ):
        assert await told(stage, "POST", DECISION, GIVEN | wrong) == (400, next(iter(wrong)), words)
    assert await told(stage, "POST", DECISION, {"decision": "approve"}) == (400, "hash", "`hash` is missing: add it")


async def test_each_wrong_call_or_question_is_told_what_to_write(stage: Stage) -> None:
    vault = {"fix": "trigger_backup", "vault": "v1", "who": "Ada", "why": "mended"}
    for method, path, body, field, words in (
        ("GET", "/api/cases?days=91", None, "days", "`days` must be at most 90"),
        ("GET", "/api/outcomes?limit=0", None, "limit", "`limit` must be at least 1"),
        ("GET", "/api/cases?limit=all", None, "limit", "`limit` must be a whole number"),
        ("GET", f"/api/cases/{'0' * 32}/evidence?format=pdf", None, "format", '`format` must be "json" or "html"'),
        ("POST", "/api/cases", {"item": "x", "dry_run": "so"}, "dry_run", "`dry_run` must be true or false"),
        ("POST", "/api/cases", {}, "(body)", "give exactly one of `item`"),
        ("PUT", "/api/breaker", vault, "vault", "`vault` is the ARM id of a Recovery Services vault, such as /subscr"),
    ):
        status, named, said = await told(stage, method, path, body)
        assert (status, named, said[: len(words)]) == (400, field, words)


@pytest.mark.parametrize(
    ("body", "words"),
    [(b"", "must be one JSON object"), (b"{", "not valid JSON"), (b"[]", "one JSON object"), (b"\xff", "no JSON")],
)
async def test_a_body_that_cannot_be_read_is_said_to_be_the_fault(stage: Stage, body: bytes, words: str) -> None:
    status, field, said = await told(stage, "POST", DECISION, body)
    assert (status, field) == (400, "(body)") and words in said


async def test_a_path_that_leads_nowhere_says_where_the_others_are(stage: Stage) -> None:
    status, field, said = await told(stage, "GET", "/api/nothing")
    assert (status, field) == (404, "(path)") and "GET /api/openapi.json" in said


async def test_a_store_that_cannot_be_opened_names_the_setting_and_what_to_write(tmp_path: Path) -> None:
    async with staged("extension_failed", tmp_path, {"STORE_URL": "sqlite://store.db"}) as stage:
        await stage.host.start()
        status, field, said = await told(stage, "GET", "/api/cases")
        assert (status, field) == (503, "STORE_URL") and "set it to https://<account>.table.core" in said


async def test_the_document_promises_what_each_operation_answers(stage: Stage) -> None:
    _, document = await stage.host.call("GET", "/api/openapi.json")
    answers = {
        f"{method} {path}": set(operation["responses"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert answers["post /api/alerts"] == {"202", "400", "401", "413"}
    assert answers["post /api/cases"] == {"202", "400", "401", "403", "404", "503"}
    assert answers["post /api/cases/{case_id}/decision"] == {"202", "400", "401", "404", "409", "503"}
    assert answers["put /api/breaker"] == {"200", "400", "401", "404", "503"}
    assert "422" not in set().union(*answers.values())


async def test_an_error_of_ours_is_not_put_down_to_the_settings() -> None:
    async def fail() -> None:
        raise ValueError("odd")

    async def no_body() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    app, sent = make_app(Callers()), []

    async def send(message: Any) -> None:
        sent.append(message)

    app.add_api_route("/api/odd", fail)
    scope = {"type": "http", "method": "GET", "path": "/api/odd", "query_string": b"", "headers": []}
    await app(scope, no_body, send)
    assert sent[0]["status"] == 500 and b'"(engine)"' in sent[1]["body"]
