"""Endpoints on this machine, where plain http will do: a simulated Azure, a test's receiver."""

from typing import Any
from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def on_loopback(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def plain_http_policy() -> Any:
    """azure-core refuses a bearer token over http; on loopback only, it may."""
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    class PlainHttp(SansIOHTTPPolicy[Any, Any]):
        def on_request(self, request: Any) -> None:
            request.context.options["enforce_https"] = False

    return PlainHttp()
