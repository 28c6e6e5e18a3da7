"""The proxy before the store stops exactly the chosen write: before it was never done, after it was."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.store.rows import Rows, StoreUnavailable
from gateway.store.table_rows import TableRows
from tests.gateway.store import azurite
from tests.matrix.store_proxy import StoreProxy, store_proxy

TABLE = "crashed"


@pytest.fixture
async def proxy(azurite_port: int) -> AsyncIterator[StoreProxy]:
    async with store_proxy(azurite_port) as proxy:
        yield proxy


@pytest.fixture
async def rows(proxy: StoreProxy) -> AsyncIterator[Rows]:
    rows = TableRows(azurite.store_url(proxy.port), read_pauses_s=())
    await rows.get(TABLE, "p", "k")
    yield rows
    await rows.close()


@pytest.mark.parametrize(("side", "done"), [("before", False), ("after", True)])
async def test_a_held_write_is_done_after_but_not_before(
    proxy: StoreProxy, rows: Rows, azurite_port: int, side: str, done: bool
) -> None:
    proxy.arm(2, side)
    await rows.insert(TABLE, side, "first", {"n": 1})
    held = asyncio.create_task(rows.insert(TABLE, side, "second", {"n": 2}))
    await proxy.held.wait()
    direct = TableRows(azurite.store_url(azurite_port))
    assert [row.key for row in await direct.scan(TABLE, side)] == (["first", "second"] if done else ["first"])
    held.cancel()
    proxy.drop()
    await asyncio.gather(held, return_exceptions=True)
    assert (await direct.get(TABLE, side, "second") is not None) == done
    await direct.close()


async def test_a_write_that_was_chosen_and_not_reached_is_no_longer_stopped_once_disarmed(
    proxy: StoreProxy, rows: Rows
) -> None:
    proxy.arm(2, "after")
    await rows.insert(TABLE, "disarmed", "first", {"n": 1})
    proxy.disarm()
    async with asyncio.timeout(20):
        await rows.insert(TABLE, "disarmed", "second", {"n": 2})
    assert not proxy.held.is_set()


async def test_only_writes_are_counted_and_each_is_named(proxy: StoreProxy, rows: Rows) -> None:
    proxy.arm(0, "before")
    row = await rows.insert(TABLE, "named", "k", {"n": 1})
    row = await rows.replace(TABLE, row, {"n": 2})
    await rows.scan(TABLE, "named")
    await rows.delete(TABLE, row)
    assert [write.partition("(")[0] for write in proxy.writes] == [
        "POST /devstoreaccount1/crashed",
        "PUT /devstoreaccount1/crashed",
        "POST /devstoreaccount1/$batch",
    ]


async def test_dropped_connections_are_made_anew(proxy: StoreProxy, rows: Rows) -> None:
    proxy.drop()
    try:
        await rows.get(TABLE, "p", "k")
    except StoreUnavailable:
        await rows.get(TABLE, "p", "k")
