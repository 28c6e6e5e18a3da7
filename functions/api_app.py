"""The FastAPI application: cases, catalog, health. Loaded on the first request only."""

import logging
import re
from contextvars import ContextVar
from typing import Any

from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException as StarletteHTTPException

from engine.case import Case, Failure
from engine.catalog import CATALOG
from engine.causes.contract import CAUSES
from engine.journal import Journal
from engine.locate import located
from functions import messages, parts
from functions.now import now
from gateway.arm.errors import AzureError, Forbidden, NotFound
from gateway.arm.ids import ItemId
from gateway.store.rows import StoreError
from remediations.contract import REMEDIATIONS

outbox: ContextVar[list[str]] = ContextVar("outbox")
"""The messages that the request at hand queues."""

VERSION = "0.1.0"
MACHINE = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Compute/virtualMachines/[^/]+/?", re.IGNORECASE
)


READING = (
    "*/read",
    "Microsoft.RecoveryServices/locations/backupStatus/action",
)
"""The actions that diagnosis needs besides those of the fixes; Reader lacks the second."""


class NewCase(BaseModel):
    """A manual call: which item or machine, and what is known of its failure."""

    model_config = ConfigDict(extra="forbid")

    item: str = Field("", max_length=2048, description="ARM id of the protected item")
    machine: str = Field(
        "", max_length=1024, description="ARM id of the virtual machine, where the item's is not at hand"
    )
    code: str = Field("", max_length=200, description="error code, where it is known and no job tells it")
    job: str = Field("", max_length=200, description="name (GUID) of the failed backup job, where it is known")
    dry_run: bool = Field(False, description="diagnose and plan, change nothing")

    @model_validator(mode="after")
    def names_one_machine(self) -> "NewCase":
        if bool(self.item) == bool(self.machine):
            raise ValueError(
                "give exactly one of `item` (a protected item's id) and `machine` (a virtual machine's id)"
            )
        if self.item:
            ItemId.parse(self.item)
        elif not MACHINE.fullmatch(self.machine):
            raise ValueError(f"`machine` is not the ARM id of a virtual machine: {self.machine!r}")
        return self


class BodiesAreJson:
    """Takes every body for JSON: `curl -d` calls its own a form, and would be told that its JSON is no object."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"content-type"]
            scope = {**scope, "headers": [*kept, (b"content-type", b"application/json")]}
        await self._app(scope, receive, send)


class NoFaultIsSilent:
    """The one boundary for what nobody foresaw: logged with its trace, answered without it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as e:
            logging.getLogger(__name__).error("%s %s failed", scope.get("method"), scope.get("path"), exc_info=e)
            text = f"an unforeseen error of ours ({type(e).__name__}); the app's log has the details"
            await _fault(500, "(engine)", text)(scope, receive, send)


def make_app() -> FastAPI:
    app = FastAPI(
        title="Azure Backup runbooks", version=VERSION, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None
    )
    app.add_api_route("/api/cases", open_case, methods=["POST"], status_code=202)
    app.add_api_route("/api/cases", list_cases, methods=["GET"])
    app.add_api_route("/api/cases/{case_id}", show_case, methods=["GET"])
    app.add_api_route("/api/outcomes", list_outcomes, methods=["GET"])
    app.add_api_route("/api/catalog", show_catalog, methods=["GET"])
    app.add_api_route("/api/health", health, methods=["GET"])
    app.add_middleware(NoFaultIsSilent)
    app.add_middleware(BodiesAreJson)
    app.add_exception_handler(RequestValidationError, _bad_input)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(AzureError, _azure_error)
    app.add_exception_handler(ValueError, _bad_setting)
    app.add_exception_handler(StarletteHTTPException, _not_found)
    return app


async def open_case(body: NewCase) -> dict[str, str]:
    """Open a case by hand; 202 with its id once it lies in the queue, or the id of the item's open case, which it joins.

    A dry run yields the plan and changes nothing.
    """
    told = Failure(
        body.item, now().isoformat(), "manual", body.job, body.code, body.machine, "a manual call", body.dry_run
    )
    failure = await located(parts.engine(), told)
    outbox.get().append(messages.of_failure(failure))
    held = await parts.engine().cases.holder(failure.item_key)
    joins = held is not None and held.case_id != failure.case_id
    case_id = held.case_id if held and joins else failure.case_id
    return {"case": case_id, "item": failure.item_id, "how": "joins the open case" if joins else "queued"}


async def list_cases(days: int = Query(14, ge=0, le=90), limit: int = Query(200, ge=1, le=1000)) -> dict[str, Any]:
    """The cases of the last days, newest first, in short."""
    return {"cases": [_short(case) for case in await parts.engine().cases.newest(now(), days, limit)]}


async def show_case(case_id: str) -> dict[str, Any]:
    """One case whole: evidence, verdicts, plan, timeline, every change with Azure's correlation ids, outcome."""
    got = await parts.engine().cases.get(case_id) if re.fullmatch(r"[0-9a-f]{32}", case_id) else None
    if got is None:
        raise HTTPException(404, f"no case has the id {case_id[:64]!r}; GET /api/cases lists them")
    changes = await Journal(parts.engine().rows, case_id).changes()
    return {**got[0].to_json(), **_short(got[0]), "changes": changes}


async def list_outcomes(days: int = Query(14, ge=0, le=90)) -> dict[str, Any]:
    """What was seen and not acted on: ignored alerts, repeats, messages that could not be understood."""
    return {"outcomes": await parts.engine().cases.recorded(now(), days)}


async def show_catalog() -> dict[str, Any]:
    """Every code, its causes in order, and the fixes with their risk and permissions."""
    return {
        "runbooks": [
            {
                "code": r.code,
                "aliases": list(r.aliases),
                "title": r.title,
                "source": r.source,
                "causes": list(r.causes),
                "guide": r.guide,
            }
            for r in CATALOG.runbooks
        ],
        "causes": [
            {"name": c.name, "meaning": c.meaning, "fixes": [{"fix": s.fix, "params": s.params} for s in c.steps]}
            for c in CAUSES.values()
        ],
        "reading": list(READING),
        "fixes": [
            {"name": f.name, "effect": f.effect, "risk": str(f.risk), "permissions": list(f.permissions)}
            for f in REMEDIATIONS.values()
        ],
    }


async def health() -> JSONResponse:
    """200 where settings are right and the store answers; 503 names what is wrong."""
    problems = list(parts.settings().problems)
    try:
        claims = len(await parts.engine().cases.open_claims())
        leases = await parts.engine().leases.all()
        overdue = [lease for lease in leases if lease.deadline < now().isoformat()]
        problems += [f"the lock {lease.lock.name} is overdue; return it: {lease.command}" for lease in overdue]
    except (StoreError, ValueError) as e:
        return JSONResponse({"healthy": False, "problems": [*problems, str(e)]}, 503)
    body = {
        "healthy": not problems,
        "problems": problems,
        "mode": parts.settings().mode,
        "changes_off": parts.settings().changes_off,
        "open_cases": claims,
        "leases_out": len(leases),
        "version": VERSION,
    }
    return JSONResponse(body, 503 if problems else 200)


def _short(case: Case) -> dict[str, Any]:
    told = case.told
    return {
        "id": case.id,
        "item": told.item_id,
        "machine": case.machine,
        "trigger": told.trigger,
        "code": case.code,
        "cause": case.cause,
        "phase": case.phase,
        "step": case.timeline[-1]["text"] if case.timeline else "",
        "opened": case.opened,
        "closed": case.closed,
        "outcome": case.outcome,
        "reason": case.ending.get("reason", ""),
        "summary": case.ending.get("summary", ""),
        "instructions": case.ending.get("instructions", ""),
        "dry_run": told.dry_run,
    }


def _fault(status: int, field: str, text: str) -> JSONResponse:
    return JSONResponse({"error": {"field": field, "message": text}}, status)


async def _bad_input(_: Request, e: Exception) -> JSONResponse:
    assert isinstance(e, RequestValidationError)
    first = e.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body") or "(body)"
    return _fault(400, field, str(first["msg"]).removeprefix("Value error, "))


async def _unavailable(_: Request, e: Exception) -> JSONResponse:
    return _fault(503, "(store)", str(e))


async def _bad_setting(_: Request, e: Exception) -> JSONResponse:
    return _fault(503, "(settings)", str(e))


async def _not_found(_: Request, e: Exception) -> JSONResponse:
    assert isinstance(e, StarletteHTTPException)
    return _fault(e.status_code, "(path)", str(e.detail))


async def _azure_error(_: Request, e: Exception) -> JSONResponse:
    if isinstance(e, NotFound):
        return _fault(404, "machine", str(e))
    return _fault(403 if isinstance(e, Forbidden) else 503, "(azure)", str(e))
