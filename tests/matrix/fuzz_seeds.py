"""Where the fuzz begins: the alert samples, and those of them that tell of a machine's failed backup made complete."""

import copy
import json
from pathlib import Path
from typing import Any

Json = Any
SAMPLES = Path(__file__).parents[1] / "samples"
JOB = "88df0be3-7c77-46c9-bfc2-fb92e3b1918a"


def sample(name: str) -> Json:
    (path,) = SAMPLES.glob(f"{name}-*.json")
    return json.loads(path.read_text("utf-8"))


ITEM: str = sample("A1b")["data"]["alertContext"]["protectedItemId"]
MACHINE: str = sample("A1b")["data"]["alertContext"]["linkedResourceId"]
VAULT = ITEM.partition("/backupFabrics")[0]


def _log_search() -> Json:
    """A2 as a rule splits it that is meant for backups."""
    made = sample("A2")
    made["data"]["alertContext"]["condition"]["allOf"][0]["dimensions"] = [
        {"name": "JobUniqueId", "value": JOB},
        {"name": "BackupItemUniqueId", "value": "westeurope;123456;vm;iaasvmcontainerv2;rg-app;vm-app-01"},
        {"name": "JobFailureCode", "value": "UserErrorGuestAgentStatusUnavailable"},
        {"name": "JobOperation", "value": "Backup"},
        {"name": "_ResourceId", "value": VAULT.lower()},
    ]
    return made


def _activity() -> Json:
    """A4 with a backup instead of a restart."""
    made = sample("A4")
    made["data"]["alertContext"] |= {
        "operationName": "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/backup/action",
        "status": "Failed",
        "properties": {"Protected Item": ITEM, "Job Id": JOB},
    }
    return made


def _machine_only() -> Json:
    made = copy.deepcopy(sample("A1b"))
    made["data"]["alertContext"]["protectedItemId"] = None
    return made


FAILURES: dict[str, Json] = {
    "built-in": sample("A1b"),
    "built-in, machine only": _machine_only(),
    "log search": _log_search(),
    "health metric": sample("A3b"),
    "activity log": _activity(),
}
"""Each tells of the failed backup of one machine."""
OTHERS: dict[str, Json] = {name: sample(name) for name in ("A1", "A2", "A3", "A4", "A6")}
"""None of them tells of one."""
SEEDS: list[Json] = [*FAILURES.values(), *FAILURES.values(), *OTHERS.values()]

_DIMENSION = "alertContext.condition.allOf.0.dimensions"
_WRONG: list[tuple[Json, str, Json]] = [
    (FAILURES["built-in"], "essentials.firedDateTime", 20260313),
    (FAILURES["built-in"], "essentials.monitorCondition", 7),
    (FAILURES["built-in"], "alertContext.category", ["Jobs"]),
    (FAILURES["built-in"], "alertContext.protectedItemId", ITEM.replace("/resourceGroups/", "//resourceGroups//")),
    (FAILURES["built-in"], "alertContext.extendedInfo.recommendedActions", "aka.ms/AB-" + "x" * 20_000),
    (FAILURES["log search"], "essentials.alertRule", "\ud800"),
    (FAILURES["log search"], f"{_DIMENSION}.4.value", "/subscriptions/s/resourceGroups/g/vaults/v"),
    (FAILURES["health metric"], f"{_DIMENSION}.3.value", "Security"),
    (FAILURES["activity log"], "alertContext.properties", {"note": f"about {MACHINE} we know nothing"}),
    (OTHERS["A3"], "essentials.alertRule", "\ud800"),
]


def _with(alert: Json, path: str, value: Json) -> Json:
    made = copy.deepcopy(alert)
    inner = made["data"]
    *way, last = path.split(".")
    for name in way:
        inner = inner[int(name) if isinstance(inner, list) else name]
    inner[last] = value
    return made


HARD: list[bytes] = [json.dumps(_with(*wrong)).encode() for wrong in _WRONG] + [b"[" * 200_000, b"\xff\xfe", b""]
"""Bodies that were once taken wrongly, or answered by an error of ours; always tried first."""
