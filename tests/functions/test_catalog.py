"""The catalog through the real worker: the list, one code by any of its names, and the codes that are missing in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.catalog import CATALOG
from engine.catalog_pages import catalog, page
from tests.end_to_end.stage import Stage, staged

UNKNOWN = "UserErrorQuiesceBrokerUnreachable"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A host over the world `unknown_code`, with the clock held still."""
    async with staged("unknown_code", tmp_path) as opened:
        await opened.host.start()
        yield opened


async def test_the_list_holds_every_code_cause_and_fix(stage: Stage) -> None:
    assert await stage.host.call("GET", "/api/catalog") == (200, catalog())


@pytest.mark.parametrize(
    "name", ["UserErrorGuestAgentStatusUnavailable", "400196", "vm%20agent%20is%20not%20responsive"]
)
async def test_one_code_is_found_by_any_of_its_names(stage: Stage, name: str) -> None:
    runbook = CATALOG.find("UserErrorGuestAgentStatusUnavailable")
    assert runbook is not None
    assert await stage.host.call("GET", f"/api/catalog/{name}") == (200, page(runbook))


async def test_a_code_that_is_not_known_is_a_404_that_names_near_ones(stage: Stage) -> None:
    status, body = await stage.host.call("GET", "/api/catalog/UserErrorRpColectionLimitReached")
    assert (status, body["error"]["field"], body["near"][0]) == (404, "code", "UserErrorRpCollectionLimitReached")
    assert "did you mean UserErrorRpCollectionLimitReached" in body["error"]["message"]
    for nothing_near in ("zzz", "x" * 5000):
        status, body = await stage.host.call("GET", f"/api/catalog/{nothing_near}")
        assert (status, body["near"]) == (404, [])
        assert "GET /api/catalog lists" in body["error"]["message"] and len(body["error"]["message"]) < 200


async def test_a_code_that_a_case_met_is_listed_as_unknown(stage: Stage) -> None:
    assert await stage.host.call("GET", "/api/catalog/unknown") == (200, {"codes": [], "cut": False})
    item = stage.world["cases"][0]["item"]
    await stage.host.call("POST", "/api/cases", {"item": item, "dry_run": True})
    _, told = await stage.host.call("POST", "/api/cases", {"item": item})
    await stage.host.idle()
    _, body = await stage.host.call("GET", "/api/catalog/unknown")
    (one,) = body["codes"]
    assert (one["code"], one["cases"], one["case"]) == (UNKNOWN, 1, told["case"])


async def test_the_catalogs_routes_are_documented_and_need_a_key(stage: Stage) -> None:
    _, document = await stage.host.call("GET", "/api/openapi.json")
    answers = {path: set(of["get"]["responses"]) for path, of in document["paths"].items() if "/catalog" in path}
    assert answers == {
        "/api/catalog": {"200", "401"},
        "/api/catalog/unknown": {"200", "401", "503"},
        "/api/catalog/{code}": {"200", "401", "404"},
    }
    for path in ("/api/catalog", "/api/catalog/unknown", "/api/catalog/400196"):
        assert (await stage.host.call("GET", path, key=None))[0] == 401
