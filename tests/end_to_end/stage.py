"""The whole product on one machine: the sandbox, the local host as a process of its own, the real Python worker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from sandbox import Sandbox
from tests.sandbox_host.process import ROOT, HostProcess

LOOK_S = 0.25
"""Real seconds that one wait for the sandbox's next stop may take, before the cases are looked at again."""


class Stage:
    """A world and a host that works on it; the host may be killed and started again."""

    def __init__(
        self, box: Any, host: HostProcess, world: dict[str, Any], locks: list[Any], http: ClientSession
    ) -> None:
        self.box, self.host, self.world, self.locks_at_start, self._http = box, host, world, locks, http

    async def start(self, until: datetime | None = None) -> None:
        """Start the host; the simulated action group posts its alerts there from now on. Time runs, at most to `until`."""
        await self.host.start()
        url = f"{self.host.url}/api/alerts?code={self.host.ready['function_key']}"
        await self.sandbox("webhook", {"url": url})
        await self._release(until)

    async def let_run(self, until: datetime) -> None:
        """Move the clock to `until` at once, and let the host work off what has fallen due."""
        await self.sandbox("clock", {"to": until.isoformat()})
        await self._release(until)

    async def _release(self, until: datetime | None) -> None:
        body = {"until": until.isoformat()} if until else None
        await self.host.admin("POST", "/admin/host/release-jump", body)

    async def sandbox(self, what: str, body: dict[str, Any] | None = None) -> Any:
        ask = self._http.get if body is None else self._http.post
        async with ask(f"{self.box.url}/_sandbox/{what}", **({} if body is None else {"json": body})) as answer:
            return await answer.json()

    async def held(self, seconds: float) -> bool:
        return bool((await self.sandbox(f"held?timeout={seconds}")).get("held"))

    async def cases(self, days: int = 7) -> list[dict[str, Any]]:
        status, body = await self.host.call("GET", f"/api/cases?days={days}&limit=1000")
        assert status == 200, body
        return list(body["cases"])

    async def until_closed(self, count: int, seconds: float = 60) -> list[dict[str, Any]]:
        """The cases, once `count` of them are closed."""
        async with asyncio.timeout(seconds):
            while not await self._closed(count):
                await self.held(LOOK_S)
        return await self.cases()

    async def _closed(self, count: int) -> bool:
        return sum(1 for case in await self.cases() if case["closed"]) >= count

    async def assert_as_declared(self) -> None:
        """Each case ended as its world declares, every change was made once, every lock is back as it was."""
        declared = {case["item"].casefold(): (case["cause"], case["outcome"]) for case in self.world["cases"]}
        cases = await self.cases()
        told = {c["item"].casefold(): (c["cause"], c["outcome"].partition(", recurs about ")[0]) for c in cases}
        assert told == declared, cases
        changes = [(change["kind"], change["id"].casefold()) for change in self.box.changes()]
        assert len(changes) == len(set(changes)), changes
        assert await self.sandbox("locks") == self.locks_at_start


@asynccontextmanager
async def staged(
    world: str | dict[str, Any], folder: Path, settings: dict[str, str] | None = None, **box: Any
) -> AsyncIterator[Stage]:
    """The stage of a world, with the host not yet started."""
    async with Sandbox.open(world, **box) as opened, ClientSession() as http:
        async with http.get(f"{opened.url}/_sandbox/world") as answer:
            declared = await answer.json()
        async with http.get(f"{opened.url}/_sandbox/locks") as answer:
            locks = await answer.json()
        values = {
            "ARM_ENDPOINT": opened.url,
            "IDENTITY_ENDPOINT": opened.identity_endpoint,
            "IDENTITY_HEADER": opened.identity_header,
            "STORE_URL": f"sqlite://{folder}/store.db",
            "POLICY_FILE": str(ROOT / "tests" / "policies" / "auto.toml"),
            "SUBSCRIPTIONS": declared["subscription"],
            "SWEEP_SCHEDULE": "0 0 4 * * *",
            "AzureWebJobsStorage": "local",
            **(settings or {}),
        }
        arguments = ["--clock", opened.url, "--now", "functions.now:source", "--idle-jump", "--hold-jump"]
        host = HostProcess(folder / "host", str(ROOT), *arguments, **values)
        try:
            yield Stage(opened, host, declared, locks, http)
        finally:
            await host.close()
