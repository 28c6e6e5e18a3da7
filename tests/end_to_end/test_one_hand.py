"""One hand per item: two hosts, each with a durable backend of its own, share a store and are told the same at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from engine.cases import CASES, CLAIMS
from engine.leases import TABLE as LEASES
from gateway.store.opening import open_rows
from gateway.store.rows import Rows
from tests.end_to_end.stage import Stage, staged
from tests.end_to_end.strides import next_stop
from tests.end_to_end.tables import emptied
from tests.sandbox_host.process import ROOT, HostProcess

STRIDE = timedelta(minutes=30)
COPIES = 5
"""How often each host is told of each alert."""


class Pair:
    """Two hosts before one world. Time moves only when both stand idle."""

    def __init__(self, stage: Stage, second: HostProcess, rows: Rows) -> None:
        self.stage, self.hosts, self.rows = stage, (stage.host, second), rows

    async def told_at_once(self, alerts: list[Any]) -> None:
        """An alert storm and a manual call for each item, to both hosts at the same instant."""
        items = [case["item"] for case in self.stage.world["cases"]]
        calls = [("/api/alerts", alert) for alert in alerts * COPIES] + [
            ("/api/cases", {"item": item}) for item in items
        ]
        told = [host.call("POST", path, body) for path, body in calls for host in self.hosts]
        assert {status for status, _ in await asyncio.gather(*told)} == {202}

    async def to_the_end(self) -> list[dict[str, Any]]:
        """The cases, once all are closed and no item is claimed any more."""
        async with asyncio.timeout(90):
            await self._let_run(self.stage.box.now)
            while await self.rows.scan(CLAIMS) or not await self._cases():
                now, event = self.stage.box.now, self.stage.box.sim.next_event()
                await self._let_run(next_stop(now, event, await self._cases(), STRIDE))
        return await self._cases()

    async def _cases(self) -> list[dict[str, Any]]:
        return [row.value for row in await self.rows.scan(CASES)]

    async def _let_run(self, until: datetime) -> None:
        await self.stage.sandbox("clock", {"to": until.isoformat()})
        for host in self.hosts:
            await host.admin("POST", "/admin/host/release-jump", {"until": until.isoformat()})
        await asyncio.gather(*(host.idle() for host in self.hosts))


@asynccontextmanager
async def alerts_of(stage: Stage, many: int) -> AsyncIterator[list[Any]]:
    """The first alerts that the world sends, kept from the hosts."""
    caught: list[Any] = []

    async def catch(request: web.Request) -> web.Response:
        caught.append(await request.json())
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/", catch)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await stage.sandbox("webhook", {"url": f"http://127.0.0.1:{runner.addresses[0][1]}/"})
    while len(caught) < many:
        await stage.sandbox("clock", {"to": stage.box.sim.next_event().isoformat()})
    yield caught
    await runner.cleanup()


@pytest.fixture(params=["sqlite", "table"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/shared.db"
    return await emptied(request.getfixturevalue("azurite_port"))


@pytest.fixture
async def pair(store: str, tmp_path: Path) -> AsyncIterator[Pair]:
    async with staged("shared_group", tmp_path, {"STORE_URL": store}) as stage:
        await stage.start(until=stage.box.now)
        second = HostProcess(tmp_path / "second", str(ROOT), *stage.host.arguments, **_settings(stage))
        rows = open_rows(store)
        try:
            await second.start()
            yield Pair(stage, second, rows)
        finally:
            await rows.close()
            await second.close()


def _settings(stage: Stage) -> dict[str, str]:
    return {name: text for name, text in stage.host.settings.items() if name != "BOOK"}


async def test_a_storm_and_a_manual_call_to_two_hosts_open_one_case_for_each_item(pair: Pair) -> None:
    declared = pair.stage.world["cases"]
    async with alerts_of(pair.stage, len(declared)) as alerts:
        await pair.told_at_once(alerts)
        cases = await pair.to_the_end()
    ended = [
        (case["failure"]["item_id"].casefold(), case["cause"], case["outcome"].partition(", recurs")[0])
        for case in cases
    ]
    assert sorted(ended) == sorted((one["item"].casefold(), one["cause"], one["outcome"]) for one in declared)
    for case in cases:
        triggers = {case["failure"]["trigger"], *(told["trigger"] for told in case["joined"])}
        assert triggers == {"alert", "manual"}, "who did not open the case has joined it"
    made = Counter((change["kind"], change["id"].casefold()) for change in pair.stage.box.changes())
    assert {kind for (kind, _), many in made.items() if many > 1} == set(), made
    assert await pair.stage.sandbox("locks") == pair.stage.locks_at_start
    assert {row.value["state"] for row in await pair.rows.scan(LEASES)} == {"returned"}
