"""One case whole, through the real worker: as JSON, and as a page that a person can keep."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.stage import Stage, staged


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A host over the world `extension_failed`, with the clock held still."""
    async with staged("extension_failed", tmp_path) as opened:
        await opened.host.start()
        yield opened


async def test_the_evidence_of_a_case_comes_as_json_and_as_a_page(stage: Stage) -> None:
    item = stage.world["cases"][0]["item"]
    _, told = await stage.host.call("POST", "/api/cases", {"item": item, "dry_run": True})
    await stage.host.idle()
    asked = len(stage.box.requests())
    status, found = await stage.host.call("GET", f"/api/cases/{told['case']}/evidence")
    assert (status, found["case"]["id"], found["cause"]["name"]) == (200, told["case"], "snapshot_extension_failed")
    status, shown = await stage.host.call("GET", f"/api/cases/{told['case']}/evidence?format=html")
    assert (status, shown[:15]) == (200, "<!doctype html>")
    assert "web-01" in shown and found["plan"]["hash"] in shown
    assert len(stage.box.requests()) == asked, "evidence is read from the store only"


async def test_evidence_is_given_for_known_cases_in_known_forms_only(stage: Stage) -> None:
    for path, status in (
        (f"/api/cases/{'0' * 32}/evidence", 404),
        ("/api/cases/..%2F..%2Fhealth/evidence", 404),
        (f"/api/cases/{'0' * 32}/evidence?format=pdf", 400),
    ):
        answered, error = await stage.host.call("GET", path)
        assert (answered, set(error)) == (status, {"error"}), path
    assert (await stage.host.call("GET", f"/api/cases/{'0' * 32}/evidence", key=None))[0] == 401


async def test_where_nothing_is_lent_the_list_is_empty(stage: Stage) -> None:
    assert await stage.host.call("GET", "/api/leases") == (200, {"leases": []})
