"""POST /api/alerts: takes an alert, queues what it tells, answers 202. Nothing else, so that it is fast and always up."""

import json

import azure.durable_functions as df
import azure.functions as func

from engine.intake import MAX_BYTES, BadAlert, Ignored, read_alerts
from functions import messages
from functions.callers import audit, door
from functions.callers.refusals import Refused
from functions.callers.roles import WEBHOOK
from functions.now import now


async def take_alert(req: func.HttpRequest, queue: messages.Outgoing) -> func.HttpResponse:
    """202 with `queued` or `ignored: reason` per alert, once the failure lies in the queue; 400 names the field; 413.

    The audit of it is a line in the log: the store may be away, and an alert is taken all the same.
    """
    try:
        call = await door.admit(req, WEBHOOK)
    except Refused as e:
        return door.turn_away(req, e)
    body = req.get_body()
    if len(body) > MAX_BYTES:
        return _error(413, "(body)", f"the body has {len(body)} bytes; Azure Monitor sends at most {MAX_BYTES}")
    try:
        told = read_alerts(body)
        queue.set([messages.of_ignored(t) if isinstance(t, Ignored) else messages.of_failure(t) for t in told])
    except BadAlert as e:
        return _error(400, e.field, str(e))
    except ValueError as e:
        return _error(400, "(body)", str(e))
    audit.tell_entry(audit.entry(call, req.method, door.path_of(req), 202, now()))
    results = [
        {"status": f"ignored: {t.reason}"}
        if isinstance(t, Ignored)
        else {"status": "queued", "item": t.item_id or t.machine_id}
        for t in told
    ]
    return func.HttpResponse(json.dumps({"results": results}), status_code=202, mimetype="application/json")


def _error(status: int, field: str, text: str) -> func.HttpResponse:
    body = json.dumps({"error": {"field": field, "message": text}})
    return func.HttpResponse(body, status_code=status, mimetype="application/json")


def register(app: df.DFApp) -> None:
    app.queue_output(arg_name="queue", queue_name=messages.QUEUE, connection=messages.CONNECTION)(
        app.route(route="alerts", methods=["POST"], auth_level=door.level())(take_alert)
    )
