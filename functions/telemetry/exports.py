"""Where traces, metrics and events go: to Application Insights, to a collector by OTLP, else to the console.

It is set up with the engine, not with the app: the libraries take a third of a second that an alert need not wait for.
"""

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.telemetry.events import tell
from gateway.arm.telling import SCOPE

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor

SERVICE = "azure-backup-runbooks"
NOISY = ("azure.core", "azure.identity", "azure.monitor")
"""Loggers of SDKs that write several lines a request; the host would pass them on among ours."""
OFTEN_MS = "15000"
"""Between two exports of metrics: an instance that is taken away writes no last one."""
TO_MICROSOFT = ("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED")
"""Switches of the distribution's own reports to Microsoft: what the engine tells goes to its owner alone."""
OURS_ALONE = (
    "azure_sdk",
    "django",
    "fastapi",
    "flask",
    "httpx",
    "psycopg2",
    "requests",
    "urllib",
    "urllib3",
)
"""What the distribution would trace by itself. The host tells of its requests, the gateway of its own."""


def set_up(values: Mapping[str, str]) -> None:
    """Once a process. A setting that is wrong is told as an event, and stops nothing: telemetry is no ground to do nothing."""
    for switch in TO_MICROSOFT:
        os.environ.setdefault(switch, "true")
    os.environ.setdefault("OTEL_METRIC_EXPORT_INTERVAL", OFTEN_MS)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    connection = values.get("APPLICATIONINSIGHTS_CONNECTION_STRING") or ""
    collector = (values.get("OTEL_EXPORTER_OTLP_ENDPOINT") or "").rstrip("/")
    try:
        if connection:
            _to_application_insights(connection, collector)
        else:
            _to_collector_or_console(collector)
    except Exception as e:  # noqa: BLE001  (told; the engine works on without)
        tell("telemetry.off", logging.ERROR, error=f"{type(e).__name__}: {e}")


def _to_application_insights(connection: str, collector: str) -> None:
    """The identity is that of APPLICATIONINSIGHTS_AUTHENTICATION_STRING, which the exporter reads as the host does."""
    from azure.monitor.opentelemetry import configure_azure_monitor
    from opentelemetry.trace import get_tracer_provider

    from functions.telemetry.ids import CaseIds

    os.environ.setdefault("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "azure_functions")
    spans, readers, logs = _by_otlp(collector) if collector else ([], [], [])
    configure_azure_monitor(
        connection_string=connection,
        logger_name=SCOPE,
        resource=_resource(),
        sampling_ratio=1.0,
        enable_live_metrics=False,
        enable_performance_counters=False,
        instrumentation_options={name: {"enabled": False} for name in OURS_ALONE},
        span_processors=spans,
        metric_readers=readers,
        log_record_processors=logs,
    )
    provider: Any = get_tracer_provider()
    provider.id_generator = CaseIds()


def _to_collector_or_console(collector: str) -> None:
    """The console gets no events from here: the worker writes them there anyway."""
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider

    from functions.telemetry.ids import CaseIds

    spans, readers, logs = _by_otlp(collector) if collector else _by_console()
    tracers = TracerProvider(resource=_resource(), id_generator=CaseIds())
    for processor in spans:
        tracers.add_span_processor(processor)
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider(readers, _resource()))
    if logs:
        _take_logs(logs)


def _take_logs(processors: list[Any]) -> None:
    from opentelemetry.instrumentation.logging.handler import LoggingHandler
    from opentelemetry.sdk._logs import LoggerProvider

    provider = LoggerProvider(resource=_resource())
    for processor in processors:
        provider.add_log_record_processor(processor)
    logging.getLogger(SCOPE).addHandler(LoggingHandler(logger_provider=provider))


def _by_otlp(collector: str) -> "tuple[list[SpanProcessor], list[MetricReader], list[Any]]":
    """To the paths of https://opentelemetry.io/docs/specs/otlp/#otlphttp-request below the collector's address."""
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return (
        [BatchSpanProcessor(OTLPSpanExporter(f"{collector}/v1/traces"))],
        [PeriodicExportingMetricReader(OTLPMetricExporter(f"{collector}/v1/metrics"))],
        [BatchLogRecordProcessor(OTLPLogExporter(f"{collector}/v1/logs"))],
    )


def _by_console() -> "tuple[list[SpanProcessor], list[MetricReader], list[Any]]":
    from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    from functions.telemetry.lines import of_metrics, of_span

    return (
        [BatchSpanProcessor(ConsoleSpanExporter(formatter=of_span))],
        [PeriodicExportingMetricReader(ConsoleMetricExporter(formatter=of_metrics))],
        [],
    )


def _resource() -> "Resource":
    from opentelemetry.resource.detector.azure.functions import AzureFunctionsResourceDetector
    from opentelemetry.sdk.resources import Resource

    return Resource({"service.name": SERVICE}).merge(AzureFunctionsResourceDetector().detect())
