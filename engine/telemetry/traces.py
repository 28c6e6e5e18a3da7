"""One trace a case, over all its turns. Its id is the case's own, so that whoever has the one can find the other.

The span of the whole case is written when it closes; until then its turns hang on an id that is known beforehand.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from engine.case import Case
from engine.telemetry.events import SCOPE

given: ContextVar[SpanContext | None] = ContextVar("given", default=None)
"""The ids that the next span must have, for the SDK's generator of ids; None: any."""
LONGEST = timedelta(hours=47)
"""Of a span: Application Insights refuses what began more than 172,800,000 ms before it came, 48 hours (its error 103)."""
_tracer = trace.get_tracer(SCOPE)


def root_of(case_id: str) -> SpanContext:
    """Of the case's whole span: trace id and span id in the sizes of https://www.w3.org/TR/trace-context/#traceparent-header"""
    span = hashlib.sha256(case_id.encode()).hexdigest()[:16]
    return SpanContext(int(case_id, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


@contextmanager
def turn(case: Case) -> Iterator[None]:
    """The span of one turn, which all that happens in it hangs on."""
    whole = set_span_in_context(NonRecordingSpan(root_of(case.id)), Context())
    with _tracer.start_as_current_span("turn", whole, attributes=_known(case)):
        yield


@contextmanager
def phase(case: Case) -> Iterator[None]:
    """The span of one phase of a turn; a step is told by its fix."""
    steps = case.plan.get("steps") or ()
    fix = {"case.fix": steps[case.step]["fix"]} if case.phase == "step" and steps else {}
    with _tracer.start_as_current_span(case.phase, attributes={"case.id": case.id, **fix}):
        yield


def whole(case: Case) -> None:
    """The span of the case, from its opening to its end, or its last 47 hours; `case.opened` says when it began."""
    closed, opened = datetime.fromisoformat(case.closed), datetime.fromisoformat(case.opened)
    known = {**_known(case), "case.opened": case.opened}
    token = given.set(root_of(case.id))
    try:
        span = _tracer.start_span("case", Context(), attributes=known, start_time=_ns(max(opened, closed - LONGEST)))
    finally:
        given.reset(token)
    span.end(_ns(closed))


def _known(case: Case) -> dict[str, str]:
    """What tells the case apart; where nothing is known yet the attribute is left out."""
    told = {
        "case.id": case.id,
        "case.item": case.told.item_id,
        "case.machine": case.machine,
        "case.trigger": case.told.trigger,
        "case.code": case.code,
        "case.cause": case.cause,
        "case.outcome": case.outcome,
    }
    return {name: value for name, value in told.items() if value}


def _ns(at: datetime) -> int:
    return int(at.timestamp() * 1e9)
