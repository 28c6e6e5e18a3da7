"""What the engine's metrics hold, read by the SDK. A process has one provider, so tests look at what was added."""

from functools import cache

from opentelemetry.metrics import set_meter_provider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader


@cache
def _reader() -> InMemoryMetricReader:
    reader = InMemoryMetricReader()
    set_meter_provider(MeterProvider([reader]))
    return reader


def measured(name: str) -> dict[tuple[str, ...], float]:
    """The metric's points by the values of their attributes in the order of their names; of a histogram how many it holds."""
    data = _reader().get_metrics_data()
    found: dict[tuple[str, ...], float] = {}
    for resource in data.resource_metrics if data else ():
        for metric in (one for scope in resource.scope_metrics for one in scope.metrics if one.name == name):
            for point in metric.data.data_points:
                key = tuple(str(point.attributes[attribute]) for attribute in sorted(point.attributes))
                found[key] = getattr(point, "count", None) or getattr(point, "value", 0)
    return found
