"""Clients and worlds for these tests; named for this folder, because every folder has a conftest."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.compute.aio import ComputeManagementClient
from azure.mgmt.recoveryservicesbackup.aio import RecoveryServicesBackupClient
from azure.mgmt.resource.locks.aio import ManagementLockClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.resourcegraph.aio import ResourceGraphClient
from yarl import URL

from sandbox import Sandbox

VERSIONS = {"microsoft.compute": "2026-04-01", "microsoft.recoveryservices": "2026-10-01"}


class Answer(NamedTuple):
    status: int
    headers: Any
    body: Any


class Arm:
    """Plain HTTP as a client without an SDK speaks it."""

    def __init__(self, box: Sandbox, http: aiohttp.ClientSession) -> None:
        self.box, self.http = box, http
        self.sub = f"/subscriptions/{box.model.world.subscription}"
        self.vault = f"{self.sub}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv-prod-01"

    async def __call__(
        self, method: str, path: str, body: Any = None, version: str | None = "2026-10-01", **more: Any
    ) -> Answer:
        url = path if path.startswith("http") else self.box.url + path
        if version and "api-version" not in url:
            url += ("&" if "?" in url else "?") + f"api-version={version}"
        headers = {"Authorization": f"Bearer {self.box.token}"} | more.pop("headers", {})
        async with self.http.request(method, URL(url, encoded=True), json=body, headers=headers, **more) as answer:
            text = await answer.text()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return Answer(answer.status, answer.headers, await answer.json() if is_json else text)

    async def get(self, path: str, **more: Any) -> Any:
        answer = await self("GET", path, **more)
        assert answer.status == 200, answer
        return answer.body

    @property
    def item(self) -> str:
        return next(iter(self.box.model.items)).id

    @property
    def machine(self) -> str:
        return next(iter(self.box.model.items)).machine

    @property
    def collection(self) -> str:
        return next(iter(self.box.model.items)).collection

    async def start_backup(self) -> Any:
        """An on-demand backup through ARM; gives its job's row."""
        answer = await self("POST", f"{self.item}/backup", {"properties": {"objectType": "IaasVMBackupRequest"}})
        assert answer.status == 202, answer
        return max(self.box.model.jobs.under(self.item), key=lambda job: job.start)

    def job(self, name: str) -> Any:
        return self.box.model.jobs.require(f"{self.vault}/{name}")


class _Loopback(SansIOHTTPPolicy[Any, Any]):
    """azure-core sends no token over http; this one address is the loopback."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context.options["enforce_https"] = False


class Credential:
    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token(self, *scopes: str, **more: Any) -> AccessToken:
        return AccessToken(self._token, 4102444800)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Credential":
        return self

    async def __aexit__(self, *why: Any) -> None: ...


@dataclass
class Clients:
    backup: RecoveryServicesBackupClient
    compute: ComputeManagementClient
    locks: ManagementLockClient
    resources: ResourceManagementClient
    graph: ResourceGraphClient


class World:
    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack

    async def __call__(self, world: Any, **options: Any) -> Arm:
        """Serve a world until the test ends."""
        box = await self._stack.enter_async_context(Sandbox.open(world, **options))
        return Arm(box, await self._stack.enter_async_context(aiohttp.ClientSession()))

    async def clients(self, arm: Arm) -> Clients:
        """The genuine SDK clients, pointed at the sandbox."""
        box = arm.box
        common: Any = {
            "credential": Credential(box.token),
            "base_url": box.url,
            "credential_scopes": ["https://management.azure.com/.default"],
            "retry_total": 0,
            "per_call_policies": [_Loopback()],
        }
        subscription = box.model.world.subscription
        enter = self._stack.enter_async_context
        return Clients(
            await enter(RecoveryServicesBackupClient(subscription_id=subscription, **common)),
            await enter(ComputeManagementClient(subscription_id=subscription, **common)),
            await enter(ManagementLockClient(subscription_id=subscription, **common)),
            await enter(ResourceManagementClient(subscription_id=subscription, **common)),
            await enter(ResourceGraphClient(**common)),
        )


def one_machine(**machine: Any) -> dict[str, Any]:
    """A world with the one machine web-01, healthy unless told otherwise; keys of the world itself in `_world`."""
    around = machine.pop("_world", {})
    return {"name": "test", "title": "for a test", "machine": [{"name": "web-01", **machine}], **around}


LOCKED = {"lock": [{"scope": "group:AzureBackupRG_westeurope_1", "name": "keep", "notes": "Ask first."}]}


@asynccontextmanager
async def webhook(*statuses: int) -> AsyncIterator[tuple[str, list[Any]]]:
    """An endpoint that notes what it is sent; answers with these statuses, then with 202."""
    got: list[Any] = []
    left = list(statuses)

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=left.pop(0) if left else 202)

    app = web.Application()
    app.router.add_post("/api/alerts", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/alerts?code=key", got
    finally:
        await runner.cleanup()
