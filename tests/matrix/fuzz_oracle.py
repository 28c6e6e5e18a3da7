"""What an alert body tells, read a second time from Azure's own naming rules and documents, without the product's reader.

Deliberately stricter in form: an id is an ARM id only from its first to its last character. Where two careful people
could disagree (a field left out, an odd spelling of a time) the oracle is unsure, and then only the names are judged.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Json = Any

_GUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# Resource naming rules: groups of 1-90 letters, digits, -_.(); machines of 1-64; vaults of 2-50 letters, digits, hyphens.
_GROUP, _NAME, _VAULT = r"[-\w.()]{1,90}", r"[-\w.]{1,64}", r"[a-z][-a-z0-9]{1,49}"
_IN_GROUP = rf"/subscriptions/{_GUID}/resourcegroups/{_GROUP}/providers"
_VAULT_ID = rf"{_IN_GROUP}/microsoft\.recoveryservices/vaults/{_VAULT}"
_UNIQUE = rf"iaasvmcontainerv2;{_GROUP};{_NAME}"
VAULT = re.compile(_VAULT_ID, re.I)
MACHINE = re.compile(rf"{_IN_GROUP}/microsoft\.compute/virtualmachines/{_NAME}", re.I)
_BELOW_MACHINE = re.compile(rf"({MACHINE.pattern})(?:/.*)?", re.I)
ITEM = re.compile(
    rf"{_VAULT_ID}/backupfabrics/azure/protectioncontainers/iaasvmcontainer;{_UNIQUE}"
    rf"/protecteditems/vm;(?:iaasvmcontainerv2;)?{_GROUP};{_NAME}",
    re.I,
)
_UNIQUE_ID = re.compile(rf"(?:[^;]*;)*({_UNIQUE})", re.I)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?")
_SICK = {a + b for a in ("transient", "persistent") for b in ("unhealthy", "degraded")}


@dataclass(frozen=True, slots=True)
class Told:
    """One alert: `sure` True it tells of a machine's failed backup, False it does not, None either reading is fair."""

    sure: bool | None
    item: str = ""
    machine: str = ""


NOTHING = Told(False)


def read(body: bytes) -> list[Told] | None:
    """What each alert of the body tells; None where the body is no JSON of alerts at all."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    alerts = parsed if isinstance(parsed, list) else [parsed]
    return [_read(alert) for alert in alerts] or None


def _read(alert: Json) -> Told:
    data = _dict(_dict(alert).get("data"))
    essentials, context = _dict(data.get("essentials")), _dict(data.get("alertContext"))
    fired, condition = _fired(essentials.get("firedDateTime")), _word(essentials, "monitorCondition", "fired")
    service = essentials.get("monitoringService")
    kind = _KINDS.get(service.casefold()) if isinstance(service, str) else None
    if fired is False or condition is False or kind is None:
        return NOTHING
    told = kind(essentials, context)
    label = essentials.get("alertRule")
    usual = label is None or (isinstance(label, str) and len(label) <= 260)
    return told if told.sure is False or (fired and condition and usual) else Told(None, told.item, told.machine)


def _word(values: Mapping[str, Any], name: str, *right: str) -> bool | None:
    """True where the field holds one of the right words, None where it is left out or empty."""
    value = values.get(name)
    if value is None or value == "":
        return None
    return isinstance(value, str) and value.casefold() in right


def _fired(value: Json) -> bool | None:
    """None for a text that may still be a time in some spelling."""
    if not isinstance(value, str) or not value:
        return False
    found = _TIME.fullmatch(value)
    try:
        return (found is not None and 2001 < datetime.fromisoformat(found[1]).year < 9999) or None
    except ValueError:
        return False


def _named(item: Json, *machines: Json) -> Told:
    """By the item where there is one; one that is no machine's item is none, whatever machine stands beside it."""
    if isinstance(item, str) and item:
        return Told(True, item=item) if ITEM.fullmatch(item) else NOTHING
    machine = next((m for m in machines if isinstance(m, str) and m), "")
    if not MACHINE.fullmatch(machine):
        return NOTHING
    return Told(True if item in (None, "") else None, machine=machine)


def _if(told: Told, *conditions: bool | None) -> Told:
    if False in conditions:
        return NOTHING
    return told if None not in conditions else Told(told.sure and None, told.item, told.machine)


def _guid(value: Json) -> bool | None:
    """A job that is no GUID may still be passed on and not found."""
    return not value or (isinstance(value, str) and bool(re.fullmatch(_GUID, value, re.I))) or None


def _built_in(essentials: Mapping[str, Any], context: Mapping[str, Any]) -> Told:
    told = _named(context.get("protectedItemId"), context.get("linkedResourceId"), context.get("sourceId"))
    job, links = (_dict(context.get("extendedInfo")).get(name) for name in ("jobId", "recommendedActions"))
    usual = True if len(str(links)) < 10_000 else None
    rule = _word(essentials, "alertRule", "backup failure")
    return _if(told, rule, _word(context, "category", "jobs"), _guid(job), usual)


def _dimensions(context: Mapping[str, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for criterion in _list(_dict(context.get("condition")).get("allOf")):
        for d in map(_dict, _list(_dict(criterion).get("dimensions"))):
            if isinstance(d.get("name"), str) and isinstance(d.get("value"), str):
                found.setdefault(d["name"].casefold(), set()).add(d["value"])
    return found


def _log_search(essentials: Mapping[str, Any], context: Mapping[str, Any]) -> Told:
    d = _dimensions(context)
    items = [m[1] for value in d.get("backupitemuniqueid", ()) if (m := _UNIQUE_ID.fullmatch(value))]
    vaults = [v for name in ("_resourceid", "resourceid") for v in d.get(name, ()) if VAULT.fullmatch(v)]
    if not items or not vaults:
        return NOTHING
    unique = items[0]
    told = Told(
        True,
        item=f"{vaults[0]}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{unique}/protectedItems/VM;{unique}",
    )
    operations = {value.casefold() for value in d.get("joboperation", {"backup"})}
    one = True if all(len(values) == 1 for values in d.values()) else None
    short = True if all(len(code) < 200 for code in d.get("jobfailurecode", ())) else None
    backup = operations == {"backup"} or (None if "backup" in operations else False)
    return _if(told, one, short, backup, *(_guid(job) for job in d.get("jobuniqueid", ())))


def _metric(essentials: Mapping[str, Any], context: Mapping[str, Any]) -> Told:
    criteria = [_dict(c) for c in _list(_dict(context.get("condition")).get("allOf"))]
    names = {str(c.get("metricName")) for c in criteria}
    d = _dimensions(context)
    health = {value.casefold() for value in d.get("healthstatus", ())} - {""}
    told = _named(*(next(iter(d.get(name, ())), "") for name in ("backupinstanceurl", "datasourceurl")))
    one = True if all(len(values) == 1 for values in d.values()) and len(names) == 1 else None
    sick = None if not health else health <= _SICK or (None if health & _SICK else False)
    return _if(told, "BackupHealthEvent" in names and "RestoreHealthEvent" not in names, one, sick)


def _activity(essentials: Mapping[str, Any], context: Mapping[str, Any]) -> Told:
    """Which operation a failed backup logs is on no record, so only another provider, a restore or a success is sure."""
    operation, status = context.get("operationName"), context.get("status")
    ours = isinstance(operation, str) and operation.casefold().startswith("microsoft.recoveryservices/")
    done = isinstance(status, str) and status.casefold() in ("succeeded", "started", "accepted")
    typed = status is None or isinstance(status, str)
    if not ours or done or not typed or "restore" in operation.casefold():
        return NOTHING
    texts = [*_dict(context.get("properties")).values(), *_list(essentials.get("alertTargetIDs"))]
    item = next((t for t in texts if isinstance(t, str) and "/protecteditems/" in t.casefold()), "")
    machine = next((m[1] for t in texts if isinstance(t, str) and (m := _BELOW_MACHINE.fullmatch(t))), "")
    job = _dict(context.get("properties")).get("Job Id")
    backup = operation.casefold().endswith("/protecteditems/backup/action") or None
    return _if(_named(item, machine), backup, _word(context, "status", "failed") or None, _guid(job))


_KINDS = {
    "azure backup": _built_in,
    "log alerts v2": _log_search,
    "log analytics": _log_search,
    "platform": _metric,
    "activity log - administrative": _activity,
}


def _dict(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []
