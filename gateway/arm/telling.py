"""A span for each request to Azure Resource Manager, and a count of those that it throttled. By OpenTelemetry's API."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

SCOPE = "azure_backup_runbooks"
"""Name of the scope of traces and metrics, and of the engine's logger."""


def telling_policy() -> Any:
    """The policy for a client's pipeline. Of a query only the api-version is told: polling addresses are signed."""
    from azure.core.pipeline.policies import AsyncHTTPPolicy
    from opentelemetry import metrics, trace

    tracer = trace.get_tracer(SCOPE)
    throttles = metrics.get_meter(SCOPE).create_counter(f"{SCOPE}.throttles", "{request}", "Requests answered by 429")

    class Telling(AsyncHTTPPolicy[Any, Any]):
        async def send(self, request: Any) -> Any:
            asked = request.http_request
            with tracer.start_as_current_span(
                asked.method, kind=trace.SpanKind.CLIENT, attributes=_asked(asked.method, asked.url)
            ) as span:
                response = await self.next.send(request)
                answer = response.http_response
                span.set_attributes(_answered(answer.status_code, answer.headers))
                if answer.status_code >= 400:
                    span.set_status(trace.StatusCode.ERROR)
                if answer.status_code == 429:
                    throttles.add(1, {"method": asked.method})
                return response

    return Telling()


def _asked(method: str, url: str) -> dict[str, str]:
    """Named by https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client"""
    parts = urlsplit(url)
    version = parse_qs(parts.query).get("api-version", [""])[0]
    query = f"?api-version={version}" if version else ""
    return {
        "http.request.method": method,
        "url.full": f"{parts.scheme}://{parts.netloc}{parts.path}{query}",
        "server.address": parts.hostname or "",
    }


def _answered(status: int, headers: Any) -> dict[str, str | int]:
    """Named by https://opentelemetry.io/docs/specs/semconv/azure/ where it has a name."""
    told = {
        "azure.service.request.id": headers.get("x-ms-request-id"),
        "azure.correlation_request_id": headers.get("x-ms-correlation-request-id"),
    }
    return {"http.response.status_code": status, **{name: value for name, value in told.items() if value}}
