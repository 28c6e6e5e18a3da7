"""A receiver on loopback for all that the engine tells: OTLP over HTTP, Application Insights, and the table of outcomes.

Paths and bodies: https://opentelemetry.io/docs/specs/otlp/#otlphttp-request,
https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview#rest-api-call, and for Application
Insights what its exporter sends.
"""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from sandbox.tls.certificates import server_context


@dataclass(frozen=True, slots=True)
class Span:
    """Ids in hexadecimal digits; `parent` "" for a root."""

    trace: str
    id: str
    parent: str
    name: str
    failed: bool
    told: dict[str, Any]
    seconds: float


@dataclass(slots=True)
class Received:
    """Everything that came: `points` by the metric's name, newest last; `rows` by the path that they came to; `proofs`: headers
    that prove who sent it."""

    spans: list[Span] = field(default_factory=list)
    points: dict[str, list[Any]] = field(default_factory=dict)
    logs: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    envelopes: list[dict[str, Any]] = field(default_factory=list)
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    proofs: set[str] = field(default_factory=set)
    refuse_rows: int = 0

    def newest(self, metric: str) -> dict[tuple[str, ...], float]:
        """The metric's last points by the values of their attributes, in the order of their names."""
        found = {}
        for point in self.points.get(metric, ()):
            told = _attributes(point.attributes)
            key = tuple(str(told[name]) for name in sorted(told))
            found[key] = point.count if hasattr(point, "count") else point.as_double or point.as_int
        return found


class Receiver:
    """The server; `until` waits for what has come."""

    def __init__(self) -> None:
        self.got, self.url, self._news = Received(), "", asyncio.Condition()

    async def until(self, there: Callable[[Received], bool], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: there(self.got))

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        async with self._news:
            answer = self._take(request, body)
            self._news.notify_all()
        return answer

    def _take(self, request: web.Request, body: bytes) -> web.Response:
        got = self.got
        got.raw.append(body)
        got.proofs.add(request.headers.get("authorization", ""))
        match request.path:
            case "/v1/traces":
                got.spans += _spans(ExportTraceServiceRequest.FromString(body))
            case "/v1/metrics":
                _keep_points(got, ExportMetricsServiceRequest.FromString(body))
            case "/v1/logs":
                got.logs += _logs(ExportLogsServiceRequest.FromString(body))
            case path if path.endswith("/track"):
                sent = (
                    [json.loads(line) for line in body.decode().splitlines()] if body[:1] != b"[" else json.loads(body)
                )
                got.envelopes += sent
                return web.json_response({"itemsReceived": len(sent), "itemsAccepted": len(sent), "errors": []})
            case path if not path.startswith("/dataCollectionRules/"):
                raise AssertionError(f"nobody is asked at {path}")
            case _ if got.refuse_rows:
                got.refuse_rows -= 1
                return web.json_response({"error": {"code": "OperationFailed", "message": "not now"}}, status=403)
            case path:
                got.rows += [(f"{path}?{request.query_string}", row) for row in json.loads(body)]
                return web.Response(status=204)
        return web.Response(body=b"", content_type="application/x-protobuf")


@asynccontextmanager
async def receiving(tls: Path | None = None) -> AsyncIterator[Receiver]:
    """With TLS where a folder for certificates is given; its authority is in `ca.pem` there."""
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/{path:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=server_context(tls) if tls else None).start()
        receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
    finally:
        await runner.cleanup()


def _spans(request: Any) -> list[Span]:
    return [
        Span(
            span.trace_id.hex(),
            span.span_id.hex(),
            span.parent_span_id.hex(),
            span.name,
            span.status.code == span.status.STATUS_CODE_ERROR,
            _attributes(span.attributes),
            (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _keep_points(got: Received, request: Any) -> None:
    for resource in request.resource_metrics:
        for metric in (one for scope in resource.scope_metrics for one in scope.metrics):
            got.points.setdefault(metric.name, []).extend(getattr(metric, metric.WhichOneof("data")).data_points)


def _logs(request: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Trace id, text and attributes of each."""
    return [
        (record.trace_id.hex(), record.body.string_value, _attributes(record.attributes))
        for resource in request.resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]


def _attributes(listed: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in listed}
