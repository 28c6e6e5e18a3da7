"""An entry of Azure's activity log: who did what, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.arm.parse import time


@dataclass(frozen=True, slots=True)
class Activity:
    """One event of a resource; `caller` is a name or an object id, "" where the log does not say."""

    at: datetime
    caller: str
    operation: str
    status: str


def activity(raw: Mapping[str, Any]) -> Activity | None:
    """None where the event carries no time."""
    at = time(raw.get("eventTimestamp"))
    if at is None:
        return None
    operation, status = raw.get("operationName") or {}, raw.get("status") or {}
    return Activity(at, raw.get("caller") or "", operation.get("value") or "", status.get("value") or "")
