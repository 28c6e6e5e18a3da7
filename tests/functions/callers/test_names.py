"""Who is on record: the name comes from the token, and every call that may have changed something is in the audit."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine.limits.track_record import TrackRecord
from gateway.store.opening import open_rows
from tests.end_to_end.stage import Stage
from tests.functions.callers.asking import CASE, ask, bearing
from tests.functions.callers.issuer import ADA, ADAS_ID, ASKING_APP, Issuer

pytestmark = pytest.mark.asyncio(loop_scope="module")
ON_RECORD = f"{ADA} ({ADAS_ID})"
WHY = {"why": "looked at it"}
BOB = {"preferred_username": "bob@example.com", "oid": "0b0b0b0b-1111-4222-8333-444455556666"}


async def audit(stage: Stage, issuer: Issuer) -> list[dict[str, Any]]:
    answer = await ask(stage, "GET", "/api/audit?days=0", bearing(issuer.token("Admin")))
    assert answer.status == 200, answer
    return list(answer.body["calls"])


async def test_a_plan_is_approved_in_the_name_of_the_token(stage: Stage, issuer: Issuer) -> None:
    operator, approver = bearing(issuer.token("Operator", **BOB)), bearing(issuer.token("Approver"))
    item = {"item": stage.world["cases"][0]["item"]}
    case_id = (await ask(stage, "POST", "/api/cases", operator, item)).body["case"]
    await stage.host.idle()
    now = datetime.fromisoformat((await stage.sandbox("clock"))["now"])
    await stage.let_run(now + timedelta(minutes=5))
    await stage.host.idle()
    case = (await ask(stage, "GET", f"/api/cases/{case_id}", approver)).body
    assert "a manual call by bob@example.com" in str(case["timeline"])
    path, asked = f"/api/cases/{case_id}/decision", {"decision": "reject", "hash": case["asks"]["hash"], **WHY}
    assert (await ask(stage, "POST", path, operator, asked)).status == 403
    told = await ask(stage, "POST", path, approver, {**asked, "who": "Somebody Else"})
    assert (told.status, told.body["error"]["field"]) == (400, "who") and ADA in told.body["error"]["message"]
    told = await ask(stage, "POST", path, approver, asked)
    assert (told.status, told.body["decision"]["who"]) == (202, ON_RECORD)
    for same in (ADA, ADA.upper(), f" {ADA} ", ON_RECORD, ""):
        told = await ask(stage, "POST", path, approver, {**asked, "who": same})
        assert (told.status, told.body["how"]) == (202, "known"), told
    await stage.host.idle()
    *decided, opened = await audit(stage, issuer)
    assert {**opened, "at": ""} == {
        "at": "",
        "proof": "token",
        "who": BOB["preferred_username"],
        "oid": BOB["oid"],
        "app": ASKING_APP,
        "roles": ["Operator"],
        "method": "POST",
        "path": "/api/cases",
        "status": 202,
    }
    assert {(one["who"], *one["roles"], one["path"]) for one in decided} == {(ADA, "Approver", path)}
    assert len(decided) == 6 and all(opened["at"] < one["at"] for one in decided)


async def test_switch_and_breaker_bear_the_name_of_the_token(stage: Stage, issuer: Issuer) -> None:
    operator, admin = bearing(issuer.token("Operator")), bearing(issuer.token("Admin", version=1))
    off = (await ask(stage, "PUT", "/api/switch", operator, {"changes": "off", **WHY})).body
    assert (off["changes"], off["who"]) == ("off", ON_RECORD)
    told = await ask(stage, "PUT", "/api/switch", operator, {"changes": "on", "who": "bob@example.com", **WHY})
    assert (told.status, told.body["error"]["field"]) == (400, "who")
    assert (await ask(stage, "GET", "/api/switch", operator)).body["changes"] == "off"
    on = await ask(stage, "PUT", "/api/switch", operator, {"changes": "on", "who": ADA, **WHY})
    assert (on.status, on.body["who"]) == (200, ON_RECORD)
    vault = str(stage.world["cases"][0]["item"]).partition("/backupFabrics/")[0]
    rows = open_rows(stage.host.settings["STORE_URL"])
    now = datetime.fromisoformat((await stage.sandbox("clock"))["now"])
    for number in range(3):
        await TrackRecord(rows).add_result("trigger_backup", vault, str(number), False, now - timedelta(minutes=number))
    await rows.close()
    closed = await ask(stage, "PUT", "/api/breaker", admin, {"fix": "trigger_backup", "vault": vault, **WHY})
    assert (closed.status, closed.body["who"]) == (200, ON_RECORD)
    calls = [(one["path"], one["status"], one["who"], *one["roles"]) for one in await audit(stage, issuer)]
    assert calls.count(("/api/switch", 200, ADA, "Operator")) == 2
    assert calls.count(("/api/breaker", 200, ADA, "Admin")) == 1


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": None, "upn": "ada@old.example.com"}, "ada@old.example.com"),
        ({"preferred_username": None, "name": "Ada Lovelace"}, "Ada Lovelace"),
        ({"preferred_username": None}, f"application {ASKING_APP}"),
        ({"preferred_username": ["Ada"], "name": 7}, f"application {ASKING_APP}"),
        ({"preferred_username": "Ada\nevent=call.made\u202e\ud800 x"}, "Adaevent=call.made x"),
        ({"preferred_username": "a" * 5_000}, "a" * 120),
    ],
)
async def test_a_name_is_read_from_the_token_in_this_order(
    stage: Stage, issuer: Issuer, claims: dict[str, Any], name: str
) -> None:
    headers = bearing(issuer.token("Operator", **claims))
    told = await ask(stage, "PUT", "/api/switch", headers, {"changes": "on", **WHY})
    assert (told.status, told.body["who"]) == (200, f"{name} ({ADAS_ID})")


async def test_what_was_refused_or_changed_nothing_is_not_in_the_audit(stage: Stage, issuer: Issuer) -> None:
    for _ in range(2):
        await ask(stage, "PUT", "/api/switch", bearing(issuer.token("Operator")), {"changes": "on", "why": "x"})
    before = await audit(stage, issuer)
    for role in ("Reader", "Operator", "Approver"):
        for path in ("/api/breaker", "/api/switch"):
            await ask(stage, "PUT", path, bearing(issuer.token(role)), {"changes": "perhaps"})
    await ask(stage, "POST", f"/api/cases/{CASE}/decision", bearing(issuer.token("Approver")))
    await ask(stage, "POST", "/api/alerts", bearing(issuer.token("ActionGroupsSecureWebhook")), [])
    assert await audit(stage, issuer) == before
    for wrong in ("days=-1", "days=367", "limit=0"):
        assert (await ask(stage, "GET", f"/api/audit?{wrong}", bearing(issuer.token("Admin")))).status == 400
    cut = (await ask(stage, "GET", "/api/audit?limit=1", bearing(issuer.token("Admin")))).body
    assert (cut["calls"], cut["more"]) == (before[:1], True)
