"""The API about the catalog: what the engine knows of each code, and the codes that it met and does not know."""

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from engine.catalog_pages import catalog, find_page, near
from engine.unknown_codes import unknown_codes
from functions import parts

_MOST_SHOWN = 60


def add_routes(app: FastAPI) -> None:
    app.add_api_route("/api/catalog", show_catalog, methods=["GET"])
    app.add_api_route("/api/catalog/unknown", list_unknown, methods=["GET"])  # before the route that takes any word
    app.add_api_route("/api/catalog/{code}", show_code, methods=["GET"])


async def show_catalog() -> dict[str, Any]:
    """Every code in short, every cause with what it reads, every fix with its risk, its permissions and who takes it back."""
    return catalog()


async def list_unknown() -> dict[str, Any]:
    """Codes that cases met and no runbook knows, newest first: how many cases, since when, the service's own words.

    At most the newest 1,000 meetings are counted; `cut` says that there are older ones. Dry runs are not counted.
    """
    return await unknown_codes(parts.engine().rows)


async def show_code(code: str) -> JSONResponse:
    """One code whole, by its name, an older name or a number: causes in order, fixes, guide, source; 404 names near ones."""
    found = find_page(code)
    if found is not None:
        return JSONResponse(found)
    like = near(code)
    hint = f"did you mean {' or '.join(like)}?" if like else "GET /api/catalog lists what there is"
    text = f"no runbook knows the code {code[:_MOST_SHOWN]!r}; {hint}"
    return JSONResponse({"error": {"field": "code", "message": text}, "near": like}, 404)
