"""How far a test may move the clock at once while hosts stand idle."""

from datetime import datetime, timedelta
from typing import Any

SLACK = timedelta(seconds=1)
"""A durable timer fires a moment after the instant that the case's row names."""


def next_stop(now: datetime, event: datetime | None, cases: list[dict[str, Any]], stride: timedelta) -> datetime:
    """The next instant at which something is due in the world or for a case, but one stride ahead at most."""
    stops = [now + stride, *([event] if event else [])]
    stops += [datetime.fromisoformat(case["due"]) + SLACK for case in cases if case["due"]]
    return min(stop for stop in stops if stop > now)
