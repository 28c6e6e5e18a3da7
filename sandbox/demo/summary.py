"""The figures under the table."""

from sandbox.demo.facts import Ending
from sandbox.demo.judge import as_declared


def summary(endings: list[Ending], real_seconds: float) -> str:
    """Two lines of totals over all worlds."""
    pairs = [(declared, ending.case_of(declared)) for ending in endings for declared in ending.world.cases]
    good = sum(as_declared(declared, case) for declared, case in pairs)
    ended = [case.closed - ending.started for ending in endings for case in set(ending.cases) if case.closed]
    hours = sum(span.total_seconds() for span in ended) / 3600
    return (
        f"{len(pairs)} cases in {len(endings)} worlds: {good} ended as declared, {len(pairs) - good} did not. "
        f"{sum(e.alerts for e in endings)} alerts sent, {sum(len(e.requests) for e in endings)} ARM requests, "
        f"{sum(e.changes_seen for e in endings)} changes, {sum(e.locks_returned for e in endings)} locks returned.\n"
        f"{hours:.0f} simulated hours of case work in {real_seconds:.0f} real seconds."
    )
