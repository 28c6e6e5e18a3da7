"""Spans and metrics as lines for a console."""

from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import format_span_id, format_trace_id

from engine.telemetry.events import quoted


def of_span(span: ReadableSpan) -> str:
    """One line: its trace and id, its name, how long it took, what is known of it."""
    context, spent = span.context, ((span.end_time or 0) - (span.start_time or 0)) / 1e6
    ids = f"{format_trace_id(context.trace_id)}/{format_span_id(context.span_id)}" if context else "-"
    return f"trace {ids} {span.name} {spent:.0f} ms {_told(span.attributes)}\n"


def of_metrics(data: MetricsData) -> str:
    return "".join(f"{line}\n" for line in _lines(data))


def _lines(data: MetricsData) -> Iterator[str]:
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    yield f"metric {metric.name} {_value(point)} {_told(point.attributes)}"


def _value(point: Any) -> str:
    """A histogram is told by how many it holds and by their mean."""
    if hasattr(point, "count"):
        return f"{point.count} of mean {point.sum / point.count if point.count else 0:.1f}"
    return f"{point.value:g}"


def _told(attributes: Any) -> str:
    return " ".join(f"{name}={quoted(value)}" for name, value in (attributes or {}).items())
