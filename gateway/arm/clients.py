"""The SDK clients: one of each kind per subscription, made on first use, never retrying by themselves."""

from typing import TYPE_CHECKING, Any

from gateway.arm.telling import telling_policy
from gateway.loopback import on_loopback, plain_http_policy

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.mgmt.compute.aio import ComputeManagementClient
    from azure.mgmt.recoveryservicesbackup.aio import RecoveryServicesBackupClient
    from azure.mgmt.resource.locks.aio import ManagementLockClient
    from azure.mgmt.resource.resources.aio import ResourceManagementClient
    from azure.mgmt.resourcegraph.aio import ResourceGraphClient

PUBLIC_CLOUD = "https://management.azure.com"
CONNECT_TIMEOUT_S = 10
READ_TIMEOUT_S = 60
MAX_CONNECTIONS = 100


class Clients:
    """Makes and keeps the clients of one endpoint and one credential.

    Every client runs with `retry_total=0`: with the SDK's default one trigger answered by 503 sent four POSTs. The
    case comes back instead.
    """

    def __init__(self, endpoint: str = PUBLIC_CLOUD, identity: str = "") -> None:
        """`endpoint`: Resource Manager's base URL. `identity`: a user-assigned identity's client id, or ""."""
        self.endpoint = endpoint.rstrip("/")
        self._identity = identity
        self._credential: AsyncTokenCredential | None = None
        self._transport: Any = None
        self._made: dict[tuple[str, str], Any] = {}

    def backup(self, subscription: str) -> "RecoveryServicesBackupClient":
        from azure.mgmt.recoveryservicesbackup.aio import RecoveryServicesBackupClient as Client

        return self._of("backup", subscription, Client)  # type: ignore[no-any-return]

    def compute(self, subscription: str) -> "ComputeManagementClient":
        from azure.mgmt.compute.aio import ComputeManagementClient as Client

        return self._of("compute", subscription, Client)  # type: ignore[no-any-return]

    def locks(self, subscription: str) -> "ManagementLockClient":
        from azure.mgmt.resource.locks.aio import ManagementLockClient as Client

        return self._of("locks", subscription, Client)  # type: ignore[no-any-return]

    def resources(self, subscription: str) -> "ResourceManagementClient":
        from azure.mgmt.resource.resources.aio import ResourceManagementClient as Client

        return self._of("resources", subscription, Client)  # type: ignore[no-any-return]

    def graph(self) -> "ResourceGraphClient":
        from azure.mgmt.resourcegraph.aio import ResourceGraphClient as Client

        if ("graph", "") not in self._made:
            self._made["graph", ""] = Client(self._credentials(), **self._options())
        return self._made["graph", ""]  # type: ignore[no-any-return]

    async def close(self) -> None:
        for client in self._made.values():
            await client.close()
        if self._transport is not None:
            await self._transport.close()
        if self._credential is not None:
            await self._credential.close()

    def _of(self, kind: str, subscription: str, client: Any) -> Any:
        if (kind, subscription) not in self._made:
            self._made[kind, subscription] = client(self._credentials(), subscription, **self._options())
        return self._made[kind, subscription]

    def _credentials(self) -> "AsyncTokenCredential":
        if self._credential is None:
            from azure.identity.aio import ManagedIdentityCredential

            self._credential = ManagedIdentityCredential(client_id=self._identity or None)
        return self._credential

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "base_url": self.endpoint,
            "credential_scopes": [f"{self._audience()}/.default"],
            "retry_total": 0,
            "logging_enable": False,
            "connection_timeout": CONNECT_TIMEOUT_S,
            "read_timeout": READ_TIMEOUT_S,
            "transport": self._shared_transport(),
        }
        options["per_call_policies"] = [
            telling_policy(),
            *([plain_http_policy()] if on_loopback(self.endpoint) else []),
        ]
        return options

    def _audience(self) -> str:
        return PUBLIC_CLOUD if on_loopback(self.endpoint) else self.endpoint

    def _shared_transport(self) -> Any:
        """One connection pool for all clients; each client's own close must not end it.

        aiohttp by itself sends a PUT or DELETE again when a kept connection breaks; a write must go out once.
        """
        if self._transport is None:
            from aiohttp import ClientSession, DummyCookieJar, TCPConnector
            from azure.core.pipeline.transport import AioHttpTransport

            connector, jar = TCPConnector(limit=MAX_CONNECTIONS), DummyCookieJar()
            session = ClientSession(connector=connector, cookie_jar=jar, trust_env=True, auto_decompress=False)
            session._retry_connection = False
            self._transport = AioHttpTransport(session=session)
        return _Shared(self._transport)


class _Shared:
    """A transport that lives longer than the client that uses it."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    async def send(self, request: Any, **kwargs: Any) -> Any:
        return await self._transport.send(request, **kwargs)

    async def sleep(self, duration: float) -> None:
        raise AssertionError(f"an SDK client wanted to wait {duration} s; waiting is the case's business")

    async def open(self) -> None:
        await self._transport.open()

    async def close(self) -> None:
        return None

    async def __aenter__(self) -> "_Shared":
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        return None
