"""From an Azure Monitor alert to failures. Pure; only the standard library, for it runs on every alert.

Reads the common alert schema defensively: the built-in Azure Backup alert, log search alerts (v2) with dimensions, the
BackupHealthEvent metric, the activity log, and the test payloads of all of them, in which fields may be null. Only one
real built-in alert is on record, of a SQL item (sample A1); the machine's is inferred from it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.case import Failure
from gateway.arm import ids
from gateway.arm.parse import time

MAX_BYTES = 256 * 1024
"""The largest alert that Azure Monitor sends (azure-facts, A)."""
LONGEST = 200
"""Characters kept of a name, a code or a rule: all of Azure's are far shorter, and they become keys of rows (at most 512)."""

_VM_BELOW = re.compile(rf"({ids.MACHINE_ID.pattern})(?:/.*)?", re.I)
_ALERT = re.compile(
    r"/subscriptions/[\w-]{1,64}/providers/Microsoft\.AlertsManagement/alerts/[\w-]{1,200}", re.I | re.A
)
_UNHEALTHY = ("transientunhealthy", "persistentunhealthy", "transientdegraded", "persistentdegraded")


class BadAlert(Exception):
    """The alert cannot be understood; `field` names where, the text says what is wrong and what would be right."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True)
class Ignored:
    """An alert that is understood and not acted on."""

    reason: str
    summary: dict[str, Any]


def read_alerts(body: bytes) -> list[Failure | Ignored]:
    """The failures that a request body tells of, one entry an alert. Raises BadAlert; nothing is half taken."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as e:
        raise BadAlert("(body)", f"the body is not JSON: {e}") from e
    alerts = parsed if isinstance(parsed, list) else [parsed]
    if not alerts:
        raise BadAlert("(body)", "the body is an empty list: send at least one alert")
    return [read_alert(alert) for alert in alerts]


def read_alert(alert: Any) -> Failure | Ignored:
    """What one alert tells. Raises BadAlert where it may be a backup failure and names no usable item."""
    data = _object(_object(alert, "(alert)").get("data"), "data")
    essentials = _object(data.get("essentials"), "data.essentials")
    context = data.get("alertContext")
    context = context if isinstance(context, dict) else {}
    summary = _summary(essentials)
    condition = _word(essentials, "monitorCondition")
    if condition == "resolved":
        return Ignored("resolved: the alert says that the fault is over", summary)
    if condition not in ("fired", ""):
        raise BadAlert("monitorCondition", f"neither Fired nor Resolved: {condition[:40]!r}")
    service = _text(essentials, "monitoringService").casefold()
    if service == "azure backup":
        return _built_in(essentials, context, summary)
    if service in ("log alerts v2", "log analytics"):
        return _log_search(essentials, context, summary)
    if service == "platform":
        return _metric(essentials, context, summary)
    if service == "activity log - administrative":
        return _activity(essentials, context, summary)
    return Ignored(f"not a backup alert: monitoringService is {service[:40]!r}", summary)


def _built_in(essentials: Mapping[str, Any], context: Mapping[str, Any], summary: dict[str, Any]) -> Failure | Ignored:
    rule, category = _word(essentials, "alertRule"), _word(context, "category")
    if category not in ("jobs", ""):
        return Ignored(f"{_plain(category[:40])} alert: recorded, never acted on", summary)
    if "restore" in rule:
        return Ignored("restore failure: recorded, never acted on", summary)
    if rule not in ("backup failure", ""):
        return Ignored(f"not a backup failure: {_plain(_text(essentials, 'alertRule')[:200])}", summary)
    item = _text(context, "protectedItemId")
    if item and not _is_vm_item(item):
        return Ignored("workload not covered", summary)
    source = _text(context, "linkedResourceId") or _text(context, "sourceId")
    if not item and not ids.MACHINE_ID.fullmatch(source):
        raise BadAlert("data.alertContext.protectedItemId", "no protected item and no virtual machine is named")
    extended = context.get("extendedInfo")
    extended = extended if isinstance(extended, dict) else {}
    return _failure(essentials, item, source, job=_text(extended, "jobId"), code=_code(essentials, extended))


def _code(essentials: Mapping[str, Any], extended: Mapping[str, Any]) -> str:
    """The code that the recommended action's link names; the job, where there is one, is read instead."""
    found = re.search(r"aka\.ms/AB-([A-Za-z0-9]+)", _text(extended, "recommendedActions"))
    return found[1] if found else ""


def _log_search(
    essentials: Mapping[str, Any], context: Mapping[str, Any], summary: dict[str, Any]
) -> Failure | Ignored:
    d = _dimensions(context)
    unique = ids.UNIQUE_NAME.fullmatch(d.get("backupitemuniqueid", ""))
    vault = next((v for v in (d.get("_resourceid", ""), d.get("resourceid", "")) if ids.VAULT_ID.fullmatch(v)), "")
    if d.get("joboperation", "backup").casefold() != "backup":
        return Ignored(f"not a backup job: {_plain(d['joboperation'][:40])}", summary)
    if d.get("backupitemuniqueid") and not unique:
        return Ignored("workload not covered", summary)
    if not unique or not vault:
        raise BadAlert(
            "data.alertContext.condition.allOf[].dimensions",
            "split the rule by BackupItemUniqueId, JobUniqueId, JobFailureCode and _ResourceId: no machine and vault named",
        )
    item = ids.vm_item_id(vault, unique[1])
    return _failure(essentials, item, "", job=d.get("jobuniqueid", ""), code=d.get("jobfailurecode", ""))


def _metric(essentials: Mapping[str, Any], context: Mapping[str, Any], summary: dict[str, Any]) -> Failure | Ignored:
    names = {_text(c, "metricName") for c in _conditions(context)}
    if names & {"RestoreHealthEvent"}:
        return Ignored("restore failure: recorded, never acted on", summary)
    if "BackupHealthEvent" not in names:
        return Ignored(f"not a backup metric: {_plain(', '.join(sorted(names))[:200]) or 'none named'}", summary)
    d = _dimensions(context)
    health = d.get("healthstatus", "").casefold()
    if health == "healthy":
        return Ignored("the backup is healthy", summary)
    if health and health not in _UNHEALTHY:
        raise BadAlert("data.alertContext.condition.allOf[].dimensions", f"not a health status: {health[:40]!r}")
    item, source = d.get("backupinstanceurl", ""), d.get("datasourceurl", "")
    if item and not _is_vm_item(item):
        return Ignored("workload not covered", summary)
    if not item and not ids.MACHINE_ID.fullmatch(source):
        raise BadAlert(
            "data.alertContext.condition.allOf[].dimensions",
            "split the rule by backupInstanceUrl and dataSourceURL: neither names a protected machine",
        )
    return _failure(essentials, item, source)


def _activity(essentials: Mapping[str, Any], context: Mapping[str, Any], summary: dict[str, Any]) -> Failure | Ignored:
    operation = _text(context, "operationName")
    if not operation.casefold().startswith("microsoft.recoveryservices/"):
        return Ignored(f"not a backup operation: {_plain(operation[:200]) or 'none named'}", summary)
    if "restore" in operation.casefold():
        return Ignored("restore failure: recorded, never acted on", summary)
    status = _word(context, "status")
    if status in ("succeeded", "started", "accepted"):
        return Ignored(f"the operation {status}", summary)
    properties = context.get("properties")
    texts = [*_texts(properties if isinstance(properties, dict) else {}), *_texts(_targets(essentials))]
    item = next((t for t in texts if "/protecteditems/" in t.casefold()), "")
    machine = next((found[1] for t in texts if (found := _VM_BELOW.fullmatch(t))), "")
    if item and not _is_vm_item(item):
        return Ignored("workload not covered", summary)
    if not item and not machine:
        raise BadAlert("data.alertContext.properties", "no protected item and no virtual machine is named")
    job = _text(properties, "Job Id") or _text(properties, "jobId") if isinstance(properties, dict) else ""
    return _failure(essentials, item, machine, job=job)


def _failure(essentials: Mapping[str, Any], item: str, machine: str, *, job: str = "", code: str = "") -> Failure:
    """A failure whose item may still have to be looked up by its machine (`item_id` is "" then)."""
    fired = time_of(essentials)
    rule = _text(essentials, "alertRule") or _text(essentials, "monitoringService")
    vm = machine if ids.MACHINE_ID.fullmatch(machine) else ""
    try:
        if item and not ids.VM_ITEM_ID.fullmatch(item):
            raise ValueError(f"not the id of a machine's protected item: {item[:300]!r}")
        f"{item} {vm} {job} {code}".encode()  # half a surrogate pair is valid JSON, and no name of anything
    except ValueError as e:
        raise BadAlert("data.alertContext", f"what it names cannot be asked about: {e}") from e
    alert = _text(essentials, "alertId")
    alert = alert if _ALERT.fullmatch(alert) else ""  # an alert that cannot be addressed cannot be closed either
    job, code, rule = job.strip()[:LONGEST], code.strip()[:LONGEST], _plain(rule)[:LONGEST]
    return Failure(item, fired, "alert", job, code, vm, f"alert {rule}", alert=alert)


def time_of(essentials: Mapping[str, Any]) -> str:
    """When the alert fired, ISO 8601 UTC. Raises BadAlert where that is no time."""
    try:
        at = time(_text(essentials, "firedDateTime"))
    except (ValueError, TypeError, OverflowError) as e:
        raise BadAlert("data.essentials.firedDateTime", f"not a time: {e}") from e
    if at is None:
        raise BadAlert("data.essentials.firedDateTime", "missing: an ISO 8601 time is needed")
    return at.isoformat()


def _is_vm_item(item_id: str) -> bool:
    name = ids.segment(item_id, "protectedItems")
    return bool(re.fullmatch(r"vm;[^/]+", name, re.I)) and bool(ids.segment(item_id, "vaults"))


def _conditions(context: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    condition = context.get("condition")
    all_of = condition.get("allOf") if isinstance(condition, dict) else None
    return [c for c in all_of if isinstance(c, dict)] if isinstance(all_of, list) else []


def _dimensions(context: Mapping[str, Any]) -> dict[str, str]:
    """Every dimension by its name in lower case."""
    found: dict[str, str] = {}
    for condition in _conditions(context):
        listed = condition.get("dimensions")
        for d in listed if isinstance(listed, list) else ():
            if isinstance(d, dict) and isinstance(d.get("name"), str) and isinstance(d.get("value"), str):
                found.setdefault(d["name"].casefold(), d["value"])
    return found


def _targets(essentials: Mapping[str, Any]) -> dict[str, Any]:
    listed = essentials.get("alertTargetIDs")
    return {str(at): target for at, target in enumerate(listed)} if isinstance(listed, list) else {}


def _texts(values: Mapping[Any, Any]) -> Iterable[str]:
    return (value for value in values.values() if isinstance(value, str))


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _word(values: Mapping[str, Any], name: str) -> str:
    """A field that decides, casefolded, "" where it is left out. Raises BadAlert where it is no text: nothing is guessed."""
    value = values.get(name)
    if value is not None and not isinstance(value, str):
        raise BadAlert(name, "a text is needed here")
    return (value or "").casefold()


def _object(value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadAlert(field, "an object of the common alert schema is needed: switch the receiver's common schema on")
    return value


def _summary(essentials: Mapping[str, Any]) -> dict[str, Any]:
    """What is recorded of an alert that is not acted on."""
    names = ("alertId", "alertRule", "monitoringService", "monitorCondition", "firedDateTime", "severity")
    return {name: _plain(str(essentials[name])[:300]) for name in names if essentials.get(name) is not None}


def _plain(text: str) -> str:
    """The text as it can be answered: half a surrogate pair is valid JSON and cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()
