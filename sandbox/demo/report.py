"""The report: one object a case, for machines to read."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.demo.facts import Declared, Ending


def report_rows(ending: Ending) -> list[dict[str, Any]]:
    """One object for each declared case.

    `arm_requests` is the case's share: every request to ARM is divided equally among the cases of the world that were not
    yet closed when it was made, rounded to a whole number. `simulated_seconds` and `real_seconds` run from the release
    of the world's clock to the case's close; of a case that never closed they are null.
    """
    return [_row(ending, declared) for declared in ending.world.cases]


def _row(ending: Ending, declared: Declared) -> dict[str, Any]:
    case = ending.case_of(declared)
    closed = case.closed if case else None
    after = ending.closed_after.get(case.id) if case else None
    return {
        "world": ending.world.name,
        "machine": declared.machine,
        "trigger": declared.trigger,
        "expected_cause": declared.cause,
        "named_cause": case.cause if case else "",
        "expected_outcome": declared.outcome,
        "actual_outcome": case.outcome if case else "",
        "arm_requests": round(_share(ending, closed)),
        "changes": list(ending.changes.get(case.id, ())) if case else [],
        "simulated_seconds": round((closed - ending.started).total_seconds()) if closed else None,
        "real_seconds": round(after, 2) if after is not None else None,
    }


def _share(ending: Ending, closed: datetime | None) -> float:
    cases = [ending.case_of(declared) for declared in ending.world.cases]
    ends = [case.closed if case else None for case in cases]
    share = 0.0
    for at in ending.requests:
        if closed is None or at <= closed:
            share += 1 / sum(end is None or at <= end for end in ends)
    return share


def write_report(path: Path, endings: list[Ending]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [row for ending in endings for row in report_rows(ending)]
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
