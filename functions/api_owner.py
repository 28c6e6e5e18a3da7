"""The API for the owner: what was not acted on, what is lent, the switch, the breaker, health."""

import os
from dataclasses import asdict
from typing import Any, Literal

from fastapi import FastAPI, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from engine.evidence.gather import lent
from engine.heartbeats import silent
from engine.limits.track_record import Breaker
from engine.settings import hosting_problems
from engine.switch import read_switch, set_switch
from functions import parts
from functions.callers.signature import Who
from functions.now import now
from gateway.arm import ids
from gateway.store.rows import StoreError

VERSION = "0.1.0"


class SwitchTo(BaseModel):
    """Where the switch is set to, by whom and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    changes: Literal["on", "off"]
    who: Who
    why: str = Field(min_length=1, max_length=2000)


class CloseBreaker(BaseModel):
    """Which fix may be tried again in which vault without asking, by whose word."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    fix: str = Field(max_length=100)
    vault: str = Field(
        max_length=1024,
        pattern="(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.RecoveryServices/vaults/[^/]+$",
    )
    who: Who
    why: str = Field(min_length=1, max_length=2000)


def add_routes(app: FastAPI) -> None:
    app.add_api_route("/api/outcomes", list_outcomes, methods=["GET"])
    app.add_api_route("/api/leases", list_leases, methods=["GET"])
    app.add_api_route("/api/switch", show_switch, methods=["GET"])
    app.add_api_route("/api/switch", put_switch, methods=["PUT"])
    app.add_api_route("/api/breaker", list_breakers, methods=["GET"])
    app.add_api_route("/api/breaker", close_breaker, methods=["PUT"])
    ill: dict[int | str, dict[str, Any]] = {503: {"description": "the same, with `problems` that name what is wrong"}}
    app.add_api_route("/api/health", health, methods=["GET"], responses=ill)


async def list_outcomes(days: int = Query(14, ge=0, le=90), limit: int = Query(200, ge=1, le=5000)) -> dict[str, Any]:
    """What was seen and not acted on, newest first: ignored alerts, repeats, messages that could not be understood.

    `more` says that there are older ones, which a higher `limit` shows.
    """
    found = await parts.engine().cases.recorded(now(), days, limit + 1)
    return {"outcomes": found[:limit], "more": len(found) > limit}


async def list_leases() -> dict[str, Any]:
    """Every lock that is lifted now: whose, until when, and the `az` command that returns it."""
    return {"leases": await lent(parts.engine(), now())}


async def show_switch() -> dict[str, Any]:
    """Whether changes are on, who set it so and why."""
    stands = await read_switch(parts.engine().rows)
    return {"changes": stands.changes, "who": stands.who, "why": stands.why, "at": stands.at}


async def put_switch(body: SwitchTo) -> dict[str, Any]:
    """Stop all changes, or let them go on: holds before the next change of every running case. What is lent still goes back."""
    await set_switch(parts.engine().rows, body.changes, body.who, body.why, now())
    said = {"changes": body.changes, "who": body.who, "why": body.why}
    await parts.engine().cases.record(now(), "switch", now().isoformat(), said)
    return await show_switch()


async def list_breakers() -> dict[str, Any]:
    """Every fix that failed so often in a vault that it asks there: how often in a row, and since when."""
    return {"open": [asdict(one) for one in await _open_breakers()]}


async def close_breaker(body: CloseBreaker) -> JSONResponse:
    """Let a fix be tried again in a vault although it failed there several times in a row; 404 where it may be anyway."""
    engine, open_now = parts.engine(), await _open_breakers()
    if not any(one.fix == body.fix and ids.same(one.vault, body.vault) for one in open_now):
        text = f"nothing is open for {body.fix!r} in this vault: no breaker holds it back there; `open` lists those that are open"
        return JSONResponse(
            {"error": {"field": "vault", "message": text}, "open": [asdict(one) for one in open_now]}, 404
        )
    await engine.track.add_result(body.fix, body.vault, "breaker", True, now(), body.who)
    said = {"fix": body.fix, "vault": body.vault, "who": body.who, "why": body.why}
    await engine.cases.record(now(), "breaker", now().isoformat(), said)
    return JSONResponse({**said, "breaker": "closed"})


async def _open_breakers() -> list[Breaker]:
    engine = parts.engine()
    return await engine.track.open_breakers(engine.policy.limits, now())


async def health() -> JSONResponse:
    """200 where settings and policy are right, the store answers, and nothing is overdue or silent; 503 names what is wrong."""
    settings = parts.settings()
    try:
        engine = parts.engine()
        claims, leases = len(await engine.cases.open_claims()), await engine.leases.all()
        switch, quiet = await read_switch(engine.rows), await silent(engine.rows, now())
    except (StoreError, ValueError) as e:
        return JSONResponse({"healthy": False, "problems": [*settings.problems, str(e)]}, 503)
    problems = [
        *settings.problems,
        *hosting_problems(os.environ),
        *engine.policy.problems,
        *(one.text for one in quiet),
    ]
    overdue = [lease for lease in leases if lease.over(now())]
    problems += [f"the lock {lease.lock.name} is overdue; return it: {lease.command}" for lease in overdue]
    body = {
        "healthy": not problems,
        "problems": problems,
        "changes_off": settings.changes_off or switch.off,
        "open_cases": claims,
        "leases_out": len(leases),
        "version": VERSION,
    }
    return JSONResponse(body, 503 if problems else 200)
