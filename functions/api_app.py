"""The FastAPI application: routes and the answers to what goes wrong. Loaded on the first request only."""

import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from functions import api_audit, api_cases, api_catalog, api_owner, api_preflight
from functions.api_document import describe
from functions.api_problems import told_by
from functions.callers.guard import GuardedRoute
from gateway.arm.errors import AzureError, Denied, Forbidden, NotFound
from gateway.store.rows import StoreError

if TYPE_CHECKING:
    from engine.settings import Callers


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


def make_app(callers: "Callers") -> FastAPI:
    """The app; its document says how `callers` prove who they are."""
    app = FastAPI(
        title="Azure Backup runbooks",
        version=api_owner.VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # an address may hold a function key
    )
    app.router.route_class = GuardedRoute
    api_audit.add_routes(app)
    api_cases.add_routes(app)
    api_catalog.add_routes(app)
    api_owner.add_routes(app)
    api_preflight.add_routes(app)
    describe(app, callers)
    app.add_middleware(NoFaultIsSilent)
    app.add_middleware(BodiesAreJson)
    app.add_exception_handler(RequestValidationError, _bad_input)
    app.add_exception_handler(StoreError, _unavailable)
    app.add_exception_handler(AzureError, _azure_error)
    app.add_exception_handler(ValueError, _bad_setting)
    app.add_exception_handler(StarletteHTTPException, _refused)
    return app


def _fault(status: int, field: str, text: str) -> JSONResponse:
    return JSONResponse({"error": {"field": field, "message": text}}, status)


async def _bad_input(request: Request, e: Exception) -> JSONResponse:
    assert isinstance(e, RequestValidationError)
    body = request.scope["endpoint"].__annotations__.get("body")
    return _fault(400, *told_by(e.errors()[0], list(body.model_fields) if body else []))


async def _unavailable(_: Request, e: Exception) -> JSONResponse:
    return _fault(503, "(store)", str(e))


async def _bad_setting(_: Request, e: Exception) -> JSONResponse:
    """A store that cannot be opened names its setting and what to write there; any other ValueError is a fault of ours."""
    named = re.match(r"the setting ([A-Z_]+) ", str(e))
    if named is None:
        raise e
    return _fault(503, named[1], str(e))


async def _refused(request: Request, e: Exception) -> JSONResponse:
    assert isinstance(e, StarletteHTTPException)
    if e.status_code == 400:
        return _fault(400, "(body)", "the body is no JSON that can be read")
    unrouted = f"nothing answers {request.method} on this path; GET /api/openapi.json lists what does"
    ours = e.detail != HTTPStatus(e.status_code).phrase
    return _fault(e.status_code, "(path)", str(e.detail) if ours else unrouted)


async def _azure_error(_: Request, e: Exception) -> JSONResponse:
    if isinstance(e, NotFound):
        return _fault(404, "machine", str(e))
    return _fault(403 if isinstance(e, (Denied, Forbidden)) else 503, "(azure)", str(e))
