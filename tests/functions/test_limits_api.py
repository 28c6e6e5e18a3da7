"""What the owner sees and sets of limits through the real worker: incidents among the cases, and the breaker."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.cases import Cases
from engine.limits.incidents import Brake, Incidents
from engine.limits.track_record import TrackRecord
from engine.reports import Reports
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


def vault_of(stage: Stage) -> str:
    return str(stage.world["cases"][0]["item"]).partition("/backupFabrics/")[0]


async def test_an_incident_is_listed_among_the_cases_and_can_be_looked_at(stage: Stage, rows: Rows) -> None:
    now, incidents = await now_of(stage), Incidents(rows, Cases(rows), Reports(rows, None))
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


async def test_a_person_sees_the_open_breaker_of_a_fix_in_a_vault_and_closes_it(stage: Stage, rows: Rows) -> None:
    now, track = await now_of(stage), TrackRecord(rows)
    vault, began = vault_of(stage), now - timedelta(minutes=5)
    for number in range(3):
        await track.add_result(FIX, vault, f"case {number}", False, began + timedelta(minutes=number))
    _, listed = await stage.host.call("GET", "/api/breaker")
    (one,) = listed["open"]
    assert (one["fix"], one["failures"], one["since"]) == (FIX, 3, began.isoformat())
    status, said = await stage.host.call("PUT", "/api/breaker", {"fix": FIX, "vault": one["vault"], **WHO})
    assert (status, said["breaker"]) == (200, "closed")
    assert (await stage.host.call("GET", "/api/breaker"))[1] == {"open": []}
    assert await track.failures_in_a_row(FIX, vault, now - timedelta(days=1)) == 0
    _, recorded = await stage.host.call("GET", "/api/outcomes")
    assert [(o["fix"], o["who"], o["why"]) for o in recorded["outcomes"] if o["kind"] == "breaker"] == [
        (FIX, *WHO.values())
    ]


async def test_where_no_breaker_is_open_that_is_the_answer_with_those_that_are(stage: Stage, rows: Rows) -> None:
    now, vault = await now_of(stage), vault_of(stage)
    for number in range(3):
        await TrackRecord(rows).add_result(FIX, vault, f"case {number}", False, now - timedelta(minutes=5 - number))
    for asked in ({"fix": FIX, "vault": f"{vault}-2"}, {"fix": "no_such_fix", "vault": vault}):
        status, told = await stage.host.call("PUT", "/api/breaker", {**asked, **WHO})
        assert status == 404 and "nothing is open" in told["error"]["message"]
        assert [one["fix"] for one in told["open"]] == [FIX]
    assert (await stage.host.call("GET", "/api/outcomes"))[1] == {"outcomes": [], "more": False}


async def test_a_list_of_outcomes_that_was_cut_says_so(stage: Stage, rows: Rows) -> None:
    now = await now_of(stage)
    for minutes in (3, 1, 2):
        await Cases(rows).record(now - timedelta(minutes=minutes), "ignored", str(minutes), {"minutes": minutes})
    for limit, seen, more in ((2, [1, 2], True), (3, [1, 2, 3], False)):
        _, told = await stage.host.call("GET", f"/api/outcomes?limit={limit}")
        assert ([one["minutes"] for one in told["outcomes"]], told["more"]) == (seen, more)
