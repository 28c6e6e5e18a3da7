"""Fired alerts as Azure Monitor keeps them, and the state that people give them."""

from dataclasses import replace

from sandbox import ids
from sandbox.arm.routes import route
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.identity import principal_of
from sandbox.model import FiredAlert
from sandbox.simulation import Simulation
from sandbox.times import backup_time

_ALERT = "/subscriptions/{sub}/providers/Microsoft.AlertsManagement/alerts/{alert}"
_ACTION = "Microsoft.AlertsManagement/alerts/"
_SINCE = "2018-05-05"
_CHANGES = {"Closed": "alert.close", "Acknowledged": "alert.acknowledge", "New": "alert.reopen"}


def alert_body(alert: FiredAlert) -> Json:
    return {
        "properties": {"essentials": _essentials(alert), "context": alert.context, "egressConfig": None},
        "id": alert.id,
        "type": "Microsoft.AlertsManagement/alerts",
        "name": alert.essentials["alertRule"],
    }


def _essentials(alert: FiredAlert) -> Json:
    told = alert.essentials
    target = str(told["alertTargetIDs"][0])
    return {
        "severity": told["severity"],
        "signalType": told["signalType"],
        "alertState": alert.state,
        "monitorCondition": alert.condition,
        "targetResource": target,
        "targetResourceName": target.rsplit("/", 1)[1],
        "targetResourceGroup": ids.group_of(target),
        "targetResourceType": ids.type_of(target).lower(),
        "monitorService": told["monitoringService"],
        "alertRule": told["alertRule"],
        "sourceCreatedId": told["originAlertId"],
        "startDateTime": backup_time(alert.fired),
        "lastModifiedDateTime": backup_time(alert.modified or alert.fired),
        "lastModifiedUserName": alert.modified_by,
        "actionStatus": {"isSuppressed": False},
        "description": told["description"],
    }


def _require(sim: Simulation, call: Call) -> FiredAlert:
    base = ids.subscription_id(sim.state.world.subscription)
    alert = sim.state.alerts.get(f"{base}/providers/Microsoft.AlertsManagement/alerts/{call.names['alert']}")
    if alert is None:
        raise Refusal(404, "AlertNotFound", f"The alert '{call.names['alert']}' could not be found.")
    return alert


@route("GET", _ALERT, _ACTION + "read", _SINCE)
def get_alert(sim: Simulation, call: Call) -> Reply:
    return Reply(200, alert_body(_require(sim, call)))


@route("POST", _ALERT + "/changestate", _ACTION + "changestate/action", _SINCE)
def change_state(sim: Simulation, call: Call) -> Reply:
    """Set New, Acknowledged or Closed; the state it has already is answered with 200 and is no change."""
    alert, wanted = _require(sim, call), call.query.get("newState", "")
    state = next((known for known in _CHANGES if known.lower() == wanted.lower()), None)
    if state is None:
        raise Refusal(400, "BadRequest", f"'{wanted}' is no alert state; known: New, Acknowledged, Closed.")
    if state != alert.state:
        by = principal_of(sim.state.world)
        alert = sim.state.alerts.put(replace(alert, state=state, modified=sim.now, modified_by=by))
        sim.record(_CHANGES[state], alert.id)
    return Reply(200, alert_body(alert))
