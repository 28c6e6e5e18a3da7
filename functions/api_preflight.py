"""The preflight of the deployment that answers: as the app's own identity, with the app's own settings."""

import os
from dataclasses import replace
from typing import Any

from fastapi import FastAPI

from engine.rights.preflight import Look
from engine.rights.roles import roles
from engine.settings import hosting_problems
from functions import parts
from functions.now import now


def add_routes(app: FastAPI) -> None:
    app.add_api_route("/api/preflight", preflight, methods=["GET"])


async def preflight() -> dict[str, Any]:
    """Whether the app has what its enabled modules need: settings, store, and the rights of its identity at every scope.

    Azure is only read; in the app's own store one row is written and removed. `ready` is false where a row is `missing`,
    `wrong` or `unknown`; `more` holds what mends it, as `az` commands where there are such.
    """
    engine = parts.engine()
    settings = replace(engine.settings, problems=(*engine.settings.problems, *hosting_problems(os.environ)))
    look = Look(replace(engine, settings=settings), roles(engine.policy), now())
    found = [row async for row in look.rows()]
    rows = [{"state": row.state, "what": row.what, "text": row.text, "more": list(row.more)} for row in found]
    return {"ready": not any(row.bad for row in found), "rows": rows}
