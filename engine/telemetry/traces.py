"""One trace a case, over all its turns. Its id is the case's own, so that whoever has the one can find the other.

The span of the whole case is written when it closes; until then its turns hang on an id that is known beforehand.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, StatusCode, TraceFlags, set_span_in_context

from engine.case import Case
from gateway.arm.telling import SCOPE

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
def part(case_id: str, name: str, **attributes: str) -> Iterator[None]:
    """A span of the case's trace, which all that happens in it hangs on: a turn, or what is done for the case besides."""
    whole = set_span_in_context(NonRecordingSpan(root_of(case_id)), Context())
    with _span(name, whole, {"case.id": case_id, **attributes}):
        yield


def turn(case: Case) -> AbstractContextManager[None]:
    """The span of one turn."""
    return part(case.id, "turn", **_known(case))


@contextmanager
def work(name: str) -> Iterator[None]:
    """The span of what is of no case: a round of a timer, a message that is taken in, a call of the API."""
    with _span(name, Context()):
        yield


@contextmanager
def phase(case: Case) -> Iterator[None]:
    """The span of one phase of a turn; a step is told by its fix."""
    steps = case.plan.get("steps") or ()
    fix = {"case.fix": steps[case.step]["fix"]} if case.phase == "step" and steps else {}
    with _span(case.phase, None, {"case.id": case.id, **fix}):
        yield


def fault(error: Exception) -> None:
    """The phase at hand met a fault of our own."""
    span = trace.get_current_span()
    span.record_exception(error)
    span.set_status(StatusCode.ERROR)


def whole(case: Case) -> None:
    """The span of the case, from its opening to its end, or its last 47 hours; `case.opened` says when it began."""
    closed, opened = datetime.fromisoformat(case.closed), datetime.fromisoformat(case.opened)
    known = {"case.id": case.id, **_known(case), "case.opened": case.opened}
    token = given.set(root_of(case.id))
    try:
        span = _tracer.start_span("case", Context(), attributes=known, start_time=_ns(max(opened, closed - LONGEST)))
    finally:
        given.reset(token)
    span.end(_ns(closed))


def _span(name: str, context: Context | None, attributes: dict[str, str] | None = None) -> AbstractContextManager[Span]:
    """What is raised through it is no fault in itself: a turn that lost its row ends quietly."""
    return _tracer.start_as_current_span(
        name, context, attributes=attributes, record_exception=False, set_status_on_exception=False
    )


def _known(case: Case) -> dict[str, str]:
    """What tells the case apart, besides its id; where nothing is known yet the attribute is left out."""
    told = {
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
