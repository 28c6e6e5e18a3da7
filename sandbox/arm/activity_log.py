"""Azure Monitor's activity log, as far as it tells of one resource."""

import re
from datetime import datetime, timedelta

from sandbox import ids
from sandbox.activity import Activity
from sandbox.arm.routes import route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.simulation import Simulation
from sandbox.times import backup_time, parse

# ASSUMED: so late; the docs speak of some minutes (azure-monitor/logs/data-ingestion-time).
_SHOWS_AFTER = timedelta(minutes=5)
_KEPT = timedelta(days=90)  # docs: events are kept for 90 days
_CLAUSE = re.compile(r"(eventTimestamp ge|eventTimestamp le|resourceUri eq) '([^']+)'", re.IGNORECASE)


def activity_body(sim: Simulation, one: Activity) -> Json:
    # ASSUMED: stopping protection is logged as a write of the protected item, by its own id; no recording shows one.
    event = ids.guid(sim.state.world.name, "activity", one.n)
    return {
        "caller": one.caller,
        "channels": "Operation",
        "correlationId": ids.guid(event, "correlation"),
        "eventDataId": event,
        "eventName": {"value": "EndRequest", "localizedValue": "End request"},
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "eventTimestamp": backup_time(one.at),
        "id": f"{one.resource}/events/{event}/ticks/{int(one.at.timestamp())}",
        "level": "Informational",
        "operationName": {"value": one.operation, "localizedValue": one.operation},
        "resourceId": one.resource,
        "status": {"value": one.status, "localizedValue": one.status},
        "submissionTimestamp": backup_time(one.at + timedelta(minutes=2)),
        "subscriptionId": sim.state.world.subscription,
    }


@route(
    "GET",
    "/subscriptions/{sub}/providers/Microsoft.Insights/eventtypes/management/values",
    "Microsoft.Insights/eventtypes/values/read",
    "2015-04-01",
)
def list_activities(sim: Simulation, call: Call) -> Reply:
    """Newest first. The filter needs a start, at most 90 days back; `$select` leaves the rest of an event out."""
    asked = {name.lower(): value for name, value in _CLAUSE.findall(call.query.get("$filter", ""))}
    since = _start(sim, asked.get("eventtimestamp ge", ""))
    until, resource = asked.get("eventtimestamp le"), asked.get("resourceuri eq", "").lower()
    found = [
        one
        for one in sim.state.activities
        if since <= one.at <= sim.now - _SHOWS_AFTER
        and (not until or one.at <= parse(until))
        and resource in ("", one.resource.lower())
    ]
    wanted = [name for name in call.query.get("$select", "").split(",") if name]
    bodies = [activity_body(sim, one) for one in sorted(found, key=lambda one: one.at, reverse=True)]
    return Reply(200, {"value": [{k: v for k, v in body.items() if not wanted or k in wanted} for body in bodies]})


def _start(sim: Simulation, text: str) -> datetime:
    # ASSUMED: the code and the text of the refusal; the docs only say that a start is needed, and the 90 days.
    if not text or parse(text) < sim.now - _KEPT:
        raise Refusal(400, "BadRequest", "The start time cannot be more than 90 days in the past.")
    return parse(text)
