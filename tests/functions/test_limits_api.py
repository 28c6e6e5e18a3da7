"""What the owner sees and sets of limits through the real worker: incidents among the cases, and the breaker."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.cases import Cases
from engine.limits.incidents import Brake, Incidents
from engine.limits.track_record import TrackRecord
from gateway.store.opening import open_rows
from gateway.store.rows import Rows
from tests.end_to_end.stage import Stage, staged

FIX = "reinstall_snapshot_extension"
WHO = {"who": "Ada", "why": "the agent was mended"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A host over the world `extension_failed`, with the clock held still."""
    async with staged("extension_failed", tmp_path) as opened:
        await opened.host.start()
        yield opened


@pytest.fixture
async def rows(stage: Stage) -> AsyncIterator[Rows]:
    """The host's own store."""
    opened = open_rows(stage.host.settings["STORE_URL"])
    yield opened
    await opened.close()


async def now_of(stage: Stage) -> datetime:
    return datetime.fromisoformat((await stage.sandbox("clock"))["now"])


async def test_an_incident_is_listed_among_the_cases_and_can_be_looked_at(stage: Stage, rows: Rows) -> None:
    now, incidents = await now_of(stage), Incidents(rows, Cases(rows))
    for number in range(25):
        await incidents.saw("westeurope", "BackUpOperationFailed", f"item {number}", now)
    case_id = await incidents.on("westeurope", "BackUpOperationFailed", Brake(20, 10, None), now)
    for closed in (False, True):
        if closed:
            await incidents.look(now + timedelta(hours=2))
        _, listed = await stage.host.call("GET", "/api/cases")
        (incident,) = listed["cases"]
        assert (incident["id"], incident["kind"], bool(incident["closed"])) == (case_id, "incident", closed)
        assert "25 items in westeurope" in incident["step"] + incident["summary"]
        for path in (case_id, f"{case_id}/evidence"):
            assert (await stage.host.call("GET", f"/api/cases/{path}"))[0] == 200, path
    status, refused = await stage.host.call(
        "POST", f"/api/cases/{case_id}/decision", {"decision": "approve", "hash": "0" * 64, **WHO}
    )
    assert status == 409 and "asks nothing" in refused["error"]["message"]


async def test_a_person_closes_the_breaker_of_a_fix_in_a_vault(stage: Stage, rows: Rows) -> None:
    now, track = await now_of(stage), TrackRecord(rows)
    vault = stage.world["cases"][0]["item"].partition("/backupFabrics/")[0]
    for number in range(3):
        await track.add_result(FIX, vault, f"case {number}", False, now - timedelta(minutes=5 - number))
    assert await track.failures_in_a_row(FIX, vault, now - timedelta(days=1)) == 3
    status, said = await stage.host.call("PUT", "/api/breaker", {"fix": FIX, "vault": vault, **WHO})
    assert (status, said["breaker"]) == (200, "closed")
    assert await track.failures_in_a_row(FIX, vault, now - timedelta(days=1)) == 0
    _, recorded = await stage.host.call("GET", "/api/outcomes")
    assert [(o["fix"], o["who"], o["why"]) for o in recorded["outcomes"] if o["kind"] == "breaker"] == [
        (FIX, *WHO.values())
    ]


async def test_a_breaker_of_no_fix_or_no_vault_is_refused_by_the_fields_name(stage: Stage) -> None:
    vault = stage.world["cases"][0]["item"].partition("/backupFabrics/")[0]
    for body, status in (
        ({"fix": "no_such_fix", "vault": vault, **WHO}, 404),
        ({"fix": FIX, "vault": f"{vault}/backupFabrics/Azure", **WHO}, 422),
        ({"fix": FIX, "vault": vault, "who": " ", "why": "x"}, 422),
    ):
        answered, refused = await stage.host.call("PUT", "/api/breaker", body)
        assert answered in (status, 400) and refused["error"]["message"], (answered, refused)
