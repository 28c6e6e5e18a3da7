"""The table of outcomes in Log Analytics, written through its data collection rule
(https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.loopback import on_loopback, plain_http_policy

if TYPE_CHECKING:
    from azure.monitor.ingestion.aio import LogsIngestionClient

PUBLIC_CLOUD = "azure.com"


class Unsent(Exception):
    """The rows were not taken; the text says why. Some of them may be in the table all the same."""


class OutcomesTable:
    """One stream of one rule. `identity`: a user-assigned identity's client id, "" for the app's only one."""

    def __init__(self, endpoint: str, rule: str, stream: str, identity: str = "") -> None:
        """`rule`: the immutable id of the data collection rule."""
        self._endpoint, self._rule, self._stream, self._identity = endpoint.rstrip("/"), rule, stream, identity
        self._client: LogsIngestionClient | None = None
        self._credential: Any = None

    async def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Raises Unsent."""
        from azure.core.exceptions import AzureError

        try:
            await self._opened().upload(self._rule, self._stream, list(rows))
        except AzureError as e:
            raise Unsent(f"{len(rows)} outcomes were not taken by {self._endpoint}: {e}") from e

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            await self._credential.close()

    def _opened(self) -> "LogsIngestionClient":
        if self._client is None:
            from azure.identity.aio import ManagedIdentityCredential
            from azure.monitor.ingestion.aio import LogsIngestionClient

            self._credential = ManagedIdentityCredential(client_id=self._identity or None)
            plain = [plain_http_policy()] if on_loopback(self._endpoint) else []
            self._client = LogsIngestionClient(
                self._endpoint,
                self._credential,
                credential_scopes=[_scope(self._endpoint)],
                per_call_policies=plain,
                retry_total=0,  # the next round tries again
            )
        return self._client


def _scope(endpoint: str) -> str:
    """Of the cloud that the endpoint is in: its name ends `.ingest.monitor.<cloud>`."""
    cloud = (urlsplit(endpoint).hostname or "").partition(".ingest.monitor.")[2]
    return f"https://monitor.{cloud or PUBLIC_CLOUD}/.default"
