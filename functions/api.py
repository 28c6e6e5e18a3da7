"""The HTTP API besides alerts, on FastAPI, which is imported on the first request."""

import json
import logging
from functools import cache
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from engine.telemetry.events import tell
from functions import messages, parts
from functions.callers import audit, door
from functions.callers.caller import Call
from functions.callers.refusals import Refused
from functions.callers.roles import READER
from functions.now import now


@cache
def _asgi() -> Any:
    from functions.api_app import make_app

    return func.AsgiMiddleware(make_app(door.settled()))  # type: ignore[no-untyped-call]


async def serve_api(req: func.HttpRequest, context: func.Context, queue: messages.Outgoing) -> func.HttpResponse:
    """Serve every route but /api/alerts to who may call it; what a request queues goes out with its answer."""
    try:
        call = await door.admit(req, READER)
    except Refused as e:
        return door.turn_away(req, e)
    from engine.telemetry import traces
    from functions.api_cases import outbox

    call.invocation = context.invocation_id
    token = outbox.set([])
    try:
        with traces.work("api"):
            response: func.HttpResponse = await _asgi().handle_async(req, context)
        if req.method != "GET" and not await _audited(call, req, response.status_code):
            return response if response.status_code >= 500 else _unrecorded()
        if outbox.get():
            queue.set(outbox.get())
        return response
    finally:
        outbox.reset(token)


def _unrecorded() -> func.HttpResponse:
    text = "the call could not be recorded in the audit: call again, which does nothing twice"
    body = json.dumps({"error": {"field": "(store)", "message": text}})
    return func.HttpResponse(body, status_code=503, mimetype="application/json")


async def _audited(call: Call, req: func.HttpRequest, status: int) -> bool:
    """Tell of the call, and store how one that was begun was answered; False where it could not be stored."""
    from gateway.store.rows import StoreError

    made = audit.entry(call, req.method, door.path_of(req), status, now())
    audit.tell_entry(made)
    if not call.begun:
        return True
    try:
        await audit.end(parts.engine().rows, call, made)
    except StoreError as e:
        tell("audit.lost", logging.ERROR, error=str(e))
        return False
    return True


def register(app: df.DFApp) -> None:
    app.queue_output(arg_name="queue", queue_name=messages.QUEUE, connection=messages.CONNECTION)(
        app.route(route="{*path}", methods=["GET", "POST", "PUT"], auth_level=door.level())(serve_api)
    )
