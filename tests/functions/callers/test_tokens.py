"""Who is let in, through the real worker: each role on each route, and everything that must stay outside."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from functions.callers.roles import NEEDED, needed
from tests.end_to_end.stage import Stage
from tests.functions.callers.asking import CASE, OPENS, ROUTES, Answered, ask, bearing
from tests.functions.callers.issuer import URI, Issuer, jwk, signed
from tests.functions.callers.wrong import Try, elsewhere, garbage, without_roles, wrong_claims, wrong_signatures

pytestmark = pytest.mark.asyncio(loop_scope="module")
LET_IN = (200, 400, 404)
REFUSALS = {401: "this call needs a valid bearer token", 403: "this caller may not do this"}


def refused(answer: Answered, status: int) -> bool:
    """Whether this is the constant refusal, with nothing beside it."""
    body = {"error": {"field": "(caller)", "message": REFUSALS[status]}}
    return (answer.status, answer.headers.get("www-authenticate")) == (status, "Bearer") and answer.body == body


async def test_each_role_opens_its_routes_and_no_others(stage: Stage, issuer: Issuer) -> None:
    shut = 0
    for role, opened in OPENS.items():
        for version in (1, 2):
            headers = bearing(issuer.token(role, version=version))
            for (method, path), least in ROUTES.items():
                answer = await ask(stage, method, path, headers)
                if least in opened:
                    assert answer.status in LET_IN, (role, method, path, answer)
                else:
                    assert refused(answer, 403), (role, method, path, answer)
                    shut += 1
    assert shut == 2 * sum(least not in opened for opened in OPENS.values() for least in ROUTES.values()) > 60


async def test_the_routes_tried_here_are_all_there_are(stage: Stage, issuer: Issuer) -> None:
    document = (await ask(stage, "GET", "/api/openapi.json", bearing(issuer.token("Reader")))).body
    there = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    tried = {(m, p.replace(CASE, "{case_id}").replace("catalog/none", "catalog/{code}")) for m, p in ROUTES}
    assert tried - {("GET", "/api/openapi.json")} == there
    assert {f"{method} {path}" for method, path in there} >= set(NEEDED)
    assert needed("PUT", "/api/anything") == "Admin", "a change that nobody thought of needs the highest role"
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["components"]["schemas"]["Answer"]["required"] == ["decision", "hash", "why"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert {"401", "403", "503"} <= set(operation["responses"]) and "Needs the role" in operation[
                "description"
            ], path


async def test_a_right_token_may_be_written_in_these_ways(stage: Stage, issuer: Issuer) -> None:
    now = int(time.time())
    for token in (
        issuer.token("Reader", exp=now - 240),
        issuer.token("Reader", nbf=now + 240, iat=now + 240),
        issuer.token("Owner", "Reader"),
        issuer.token("Reader", aud=URI),
        issuer.token("Reader", aud=["x", URI]),
    ):
        assert (await ask(stage, "GET", "/api/switch", bearing(token))).status == 200
    for scheme in ("bearer", "BEARER", "Bearer ", " Bearer"):
        headers = {"authorization": f"{scheme} {issuer.token('Reader')}"}
        assert (await ask(stage, "GET", "/api/switch", headers)).status == 200, scheme


async def test_nothing_wrong_is_let_in(stage: Stage, issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    kept = json.loads((stage.host.data / "keys.json").read_text())
    keys = {f"{name} key": key for name, key in kept.items()}
    tried, let_in = 0, []
    outside: list[Try] = [
        *((what, bearing(token), "") for what, token in wrong_claims(issuer)),
        *((what, bearing(token), "") for what, token in wrong_signatures(issuer)),
        *((what, bearing(token), "") for what, token in garbage(issuer)),
        *elsewhere(issuer, keys),
    ]
    nobody: list[Try] = [(what, bearing(token), "") for what, token in without_roles(issuer)]
    for status, tries in ((401, outside), (403, nobody)):
        for what, headers, query in tries:
            for method, path in ROUTES:
                answer = await ask(stage, method, f"{path}{query}", headers)
                tried += 1
                if not refused(answer, status):
                    let_in.append((what, method, path, answer.status, answer.text[:80]))
    lacking = [
        (role, route) for role, opened in OPENS.items() for route, least in ROUTES.items() if least not in opened
    ]
    for role, (method, path) in lacking:
        tried += 1
        if not refused(await ask(stage, method, path, bearing(issuer.token(role))), 403):
            let_in.append((f"the role {role}", method, path))
    with capsys.disabled():
        print(f"\n{tried} cases tried, {len(let_in)} let in")
    assert not let_in
    assert issuer.asked == 1, "no made-up key id makes the issuer be asked while its keys are a minute old"
    told = stage.host.errors()
    assert told.count("event=call.refused") >= tried
    for _, headers, _ in (*outside, *nobody):
        for value in dict(headers).values():
            assert len(value) < 40 or value.split(" ")[-1][-40:] not in told
    await nothing_happened(stage, issuer)


async def a_minute(stage: Stage) -> None:
    """Let a minute and a second go by at once."""
    now = datetime.fromisoformat((await stage.sandbox("clock"))["now"])
    await stage.let_run(now + timedelta(seconds=61))
    await stage.host.idle()


async def nothing_happened(stage: Stage, issuer: Issuer) -> None:
    """No case, no change, no row of the audit; and what was refused is told in the log, without any token."""
    admin = bearing(issuer.token("Admin"))
    await stage.host.idle()
    assert (await ask(stage, "GET", "/api/cases", admin)).body == {"cases": []}
    assert (await ask(stage, "GET", "/api/outcomes", admin)).body == {"outcomes": [], "more": False}
    assert (await ask(stage, "GET", "/api/audit", admin)).body == {"calls": [], "more": False}
    assert (await ask(stage, "GET", "/api/switch", admin)).body["changes"] == "on"
    assert [request for request in stage.box.requests() if request["write"]] == []


async def test_a_new_key_is_taken_once_the_last_look_is_a_minute_old(stage: Stage, issuer: Issuer) -> None:
    headers = bearing(signed(issuer.claims("Reader"), key="theirs", kid="key-2"))
    assert refused(await ask(stage, "GET", "/api/switch", headers), 401)
    issuer.published.append(jwk("theirs", "key-2"))
    assert refused(await ask(stage, "GET", "/api/switch", headers), 401)
    await a_minute(stage)
    assert (await ask(stage, "GET", "/api/switch", headers)).status == 200
    assert issuer.asked == 2


async def test_while_the_issuer_cannot_be_asked_nobody_new_is_let_in(stage: Stage, issuer: Issuer) -> None:
    assert (await ask(stage, "GET", "/api/switch", bearing(issuer.token("Reader")))).status == 200  # the keys are read
    issuer.status = 500
    await a_minute(stage)
    answer = await ask(stage, "POST", "/api/alerts", bearing(signed(issuer.claims("Admin"), kid="key-3")), [])
    assert (answer.status, answer.headers["retry-after"]) == (503, "10") and "event" not in answer.text
    assert (await ask(stage, "GET", "/api/switch", bearing(issuer.token("Reader")))).status == 200
    issuer.status = 200


async def test_a_header_too_large_for_the_host_is_not_let_in(stage: Stage, issuer: Issuer) -> None:
    for token in ("A" * 100_000, f"{issuer.token('Admin')}{'A' * 20_000}"):
        assert (await ask(stage, "GET", "/api/health", bearing(token))).status in (400, 401, 431)


async def test_paths_written_oddly_open_nothing_more(stage: Stage, issuer: Issuer) -> None:
    """However a path is written: whoever lacks the role does not get where it leads."""
    headers = bearing(issuer.token("Reader"))
    body = {"changes": "off", "why": "x", "fix": "x", "vault": "x"}
    for path in ("/api/switch/", "/api/SWITCH", "/API/switch", "/api//switch", "/api/./switch", "/api/x/../switch"):
        for odd in (path, path.replace("switch", "%73witch"), f"{path}?x=/api/health", f"{path};x", f"{path}%00"):
            answer = await ask(stage, "PUT", odd, headers, body)
            assert answer.status in (307, 403, 404, 405), (odd, answer)
    for method in ("POST", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        assert (await ask(stage, method, "/api/switch", headers, body)).status in (403, 404, 405)
    reader = await ask(stage, "GET", "/api/switch", headers)
    assert reader.body["changes"] == "on"


async def test_the_urls_that_steer_durable_runs_are_never_handed_out(stage: Stage, issuer: Issuer) -> None:
    """They hold a key of their own, which opens every run to whoever reads it; the functions never ask for them."""
    kept = json.loads((stage.host.data / "keys.json").read_text())
    headers = bearing(issuer.token("Admin"))
    for method, path in ROUTES:
        answer = await ask(stage, method, path, headers)
        told = f"{answer.text}{answer.headers}"
        assert "/runtime/webhooks" not in told and "location" not in answer.headers, path
        assert not [name for name, key in kept.items() if key in told], path
    for source in (Path(__file__).parents[3] / "functions").rglob("*.py"):
        for asks in ("check_status_response", "management_payload", "management_urls", "webhooks"):
            assert asks not in source.read_text(), source
