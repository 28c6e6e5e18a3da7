"""The API about those who called: what was changed through it, and by whom."""

from typing import Any

from fastapi import FastAPI, Query

from functions import parts
from functions.callers.audit import kept
from functions.now import now


def add_routes(app: FastAPI) -> None:
    app.add_api_route("/api/audit", list_audit, methods=["GET"])


async def list_audit(days: int = Query(14, ge=0, le=366), limit: int = Query(200, ge=1, le=5000)) -> dict[str, Any]:
    """Every call of the last days that may have changed something, newest first: who, with which roles, what, the answer.

    `proof` is `token`, or `key` where `who` is only what the body said. `status` 0: it began, and no answer is on record. `more` says that there are older ones, which a
    higher `limit` shows. Alerts and refused calls are in the log alone.
    """
    found = await kept(parts.engine().rows, now(), days, limit + 1)
    return {"calls": found[:limit], "more": len(found) > limit}
