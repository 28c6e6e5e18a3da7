"""A vault whose machines all fail in one night, and the alerts that Azure Monitor sends of it, in every shape and many times."""

import json
import random
from dataclasses import dataclass
from typing import Any

from tests.bench.alerts import alerts_of
from tests.end_to_end.stage import Stage

SHAPES = ["A1b", "A2", "A3b", "A4"]
SENT_AGAIN = 10
"""One alert in so many is a body that was sent before, byte by byte."""


def storm_world(alerts: int, items: int) -> dict[str, Any]:
    """So many machines with a failed backup extension; each is told of often enough that nine tenths are new bodies."""
    each = max(2, (alerts - alerts // SENT_AGAIN) // items)
    return {
        "title": f"{items} machines whose backup extension failed",
        "requests_per_hour": 450,
        "storm": {"seed": 7, "per_machine": each, "shapes": SHAPES, "resolved": max(1, each // 9)},
        "machine": [_machine(f"node-{number:04d}") for number in range(1, items + 1)],
    }


def _machine(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "group": "rg-farm",
        "recovery_points": 3,
        "snapshot_extension": "Failed",
        "snapshot_message": "Handler Microsoft.Azure.RecoveryServices.VMSnapshot has reported failure for Enable.",
        "failure": {"code": "UserErrorVmProvisioningStateFailed"},
        "expect": {"cause": "snapshot_extension_failed", "outcome": "remediated"},
    }


@dataclass(frozen=True, slots=True)
class Alert:
    """One body as it is posted, and what it tells: the machine, when it fired, whether it says Resolved."""

    body: bytes
    id: str
    machine: str
    fired: str
    resolved: bool


class _Asked:
    """A stage's sandbox, asked as the benchmarks ask theirs."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    async def get(self, path: str) -> Any:
        return await self._stage.sandbox(path.removeprefix("/_sandbox/"))

    async def post(self, path: str, body: Any) -> Any:
        return await self._stage.sandbox(path.removeprefix("/_sandbox/"), body)


async def storm_of(stage: Stage, world: dict[str, Any], count: int, seed: int) -> list[Alert]:
    """`count` alerts of the staged world, some of them twice, in no order."""
    dice = random.Random(seed)
    fired = world["storm"]["per_machine"] * len(world["machine"])
    bodies = await alerts_of(_Asked(stage), fired)  # type: ignore[arg-type]
    bodies += dice.choices(bodies, k=max(0, count - len(bodies)))
    dice.shuffle(bodies)
    return [_alert(body) for body in bodies]


def _alert(body: bytes) -> Alert:
    data = json.loads(body)["data"]
    essentials, context = data["essentials"], data["alertContext"]
    machine = _READERS[essentials["monitoringService"]](context)
    resolved = essentials["monitorCondition"] == "Resolved"
    return Alert(body, essentials["alertId"], machine.casefold(), essentials["firedDateTime"], resolved)


def _named(context: dict[str, Any]) -> dict[str, str]:
    [criterion] = context["condition"]["allOf"]
    return {d["name"]: d["value"] for d in criterion["dimensions"]}


_READERS = {
    "Azure Backup": lambda c: c["linkedResourceName"],
    "Log Alerts V2": lambda c: _named(c)["BackupItemUniqueId"].rsplit(";", 1)[-1],
    "Platform": lambda c: _named(c)["backupInstanceName"],
    "Activity Log - Administrative": lambda c: c["properties"]["Entity Name"],
}
