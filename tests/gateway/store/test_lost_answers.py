"""What a writer learns when the connection to Azure Tables breaks in the middle of a write."""

from collections.abc import AsyncIterator

import pytest

from gateway.store.opening import open_rows
from gateway.store.rows import Conflict, Exists, Row, Rows, StoreError, StoreUnavailable
from gateway.store.table_rows import TableRows

from .azurite import free_port, store_url
from .conftest import Store
from .lossy_proxy import Fault, LossyProxy, lossy_proxy

DONE = [Fault.LOST_ANSWER, Fault.LATE_ERROR]
NOT_DONE = [Fault.LOST_REQUEST, Fault.BUSY]


@pytest.fixture
def store(azurite_port: int, request: pytest.FixtureRequest) -> Store:
    """Give the real store, as another process sees it."""
    return Store(store_url(azurite_port), f"t{id(request)}")


@pytest.fixture
async def proxy(azurite_port: int) -> AsyncIterator[LossyProxy]:
    """Give the proxy between us and the store."""
    async with lossy_proxy(azurite_port) as running:
        yield running


@pytest.fixture
async def ours(proxy: LossyProxy) -> AsyncIterator[Rows]:
    """Give the store through the proxy."""
    opened = TableRows(store_url(proxy.port), read_pauses_s=(0, 0))
    yield opened
    await opened.close()


async def value_of(rows: Rows, table: str) -> object:
    """Read the value of the one row that these tests use."""
    found = await rows.get(table, "item", "case")
    return found and found.value


@pytest.mark.parametrize("fault", DONE)
async def test_an_insert_whose_answer_was_lost_is_known_as_ours(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    proxy.writes = [fault]
    added = await ours.insert(table, "item", "case", {"n": 1})
    assert await rows.get(table, "item", "case") == added
    await ours.replace(table, added, {"n": 2})
    assert proxy.seen == ["POST", "GET", "PUT"]


@pytest.mark.parametrize("fault", DONE)
async def test_an_insert_that_lost_to_another_and_its_answer_too_is_refused(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    await rows.insert(table, "item", "case", {"n": 1})
    proxy.writes = [fault]
    with pytest.raises(Exists):
        await ours.insert(table, "item", "case", {"n": 1})


@pytest.mark.parametrize("fault", NOT_DONE)
async def test_an_insert_that_never_arrived_is_reported_and_not_sent_again(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    proxy.writes = [fault]
    with pytest.raises(StoreUnavailable, match=r"insert .*/item/case"):
        await ours.insert(table, "item", "case", {"n": 1})
    assert proxy.seen.count("POST") == 1
    assert await value_of(rows, table) is None


@pytest.mark.parametrize("fault", DONE)
@pytest.mark.parametrize("later_writes", [1, 20])
async def test_an_insert_of_ours_is_known_even_after_others_have_written(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault, later_writes: int
) -> None:
    async def join() -> None:
        for number in range(later_writes):
            found = await rows.get(table, "item", "case")
            assert found
            await rows.replace(table, found, {"joined": number})

    proxy.writes, proxy.meanwhile = [fault], join
    added = await ours.insert(table, "item", "case", {"n": 1})
    assert added.value == {"n": 1}
    with pytest.raises(Conflict):
        await ours.replace(table, added, {"n": 2})
    with pytest.raises(Conflict):
        await ours.delete(table, added)
    assert await value_of(rows, table) == {"joined": later_writes - 1}


@pytest.mark.parametrize("fault", DONE)
async def test_a_replacement_whose_answer_was_lost_is_known_as_ours(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    proxy.writes = [fault]
    changed = await ours.replace(table, added, {"n": 2})
    assert await rows.get(table, "item", "case") == changed


@pytest.mark.parametrize("fault", DONE)
async def test_a_replacement_of_ours_is_known_even_after_another_has_written(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})

    async def join() -> None:
        found = await rows.get(table, "item", "case")
        assert found
        await rows.replace(table, found, {**found.value, "joined": True})

    proxy.writes, proxy.meanwhile = [fault], join
    changed = await ours.replace(table, added, {"n": 2})
    assert changed.value == {"n": 2}
    with pytest.raises(Conflict):
        await ours.replace(table, changed, {"n": 3})
    assert await value_of(rows, table) == {"n": 2, "joined": True}


@pytest.mark.parametrize("fault", DONE)
async def test_a_replacement_that_lost_to_another_and_its_answer_too_is_refused(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    await rows.replace(table, added, {"n": 2})
    proxy.writes = [fault]
    with pytest.raises(Conflict):
        await ours.replace(table, added, {"n": 2})


async def test_a_replacement_that_never_arrived_is_reported_and_leaves_the_row(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    proxy.writes = [Fault.BUSY]
    with pytest.raises(StoreUnavailable, match=r"replace .*/item/case"):
        await ours.replace(table, added, {"n": 2})
    assert proxy.seen.count("PUT") == 1
    assert await rows.get(table, "item", "case") == added


@pytest.mark.parametrize("fault", DONE)
async def test_a_deletion_whose_answer_was_lost_counts_as_done(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    proxy.writes = [fault]
    await ours.delete(table, added)
    assert await value_of(rows, table) is None
    assert proxy.seen == ["POST", "POST", "GET"]


@pytest.mark.parametrize("fault", DONE)
async def test_a_deletion_whose_answer_was_lost_leaves_the_row_that_another_inserts_then(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    proxy.writes, proxy.meanwhile = [fault], lambda: rows.insert(table, "item", "case", {"by": "another"})
    await ours.delete(table, added)
    assert await value_of(rows, table) == {"by": "another"}


@pytest.mark.parametrize("fault", DONE)
async def test_a_deletion_that_lost_to_another_and_its_answer_too_is_refused(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    await rows.replace(table, added, {"n": 2})
    proxy.writes = [fault]
    with pytest.raises(Conflict):
        await ours.delete(table, added)
    assert await value_of(rows, table) == {"n": 2}


@pytest.mark.parametrize("fault", NOT_DONE)
async def test_a_deletion_that_never_arrived_is_reported_and_leaves_the_row(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    proxy.writes = [fault]
    with pytest.raises(StoreUnavailable, match=r"delete .*/item/case"):
        await ours.delete(table, added)
    assert await rows.get(table, "item", "case") == added


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.LATE_ERROR])
async def test_a_read_is_tried_three_times_and_then_reported(
    ours: Rows, proxy: LossyProxy, table: str, fault: Fault
) -> None:
    added = await ours.insert(table, "item", "case", {"n": 1})
    proxy.reads = [fault, fault]
    assert await ours.get(table, "item", "case") == added
    proxy.reads = [fault, fault]
    assert await ours.scan(table) == [added]
    for reading in (ours.get(table, "item", "case"), ours.scan(table)):
        proxy.reads = [fault, fault, fault]
        with pytest.raises(StoreUnavailable):
            await reading
        assert proxy.reads == []


async def test_a_store_that_nobody_serves_is_unavailable() -> None:
    nowhere = TableRows(store_url(free_port()), read_pauses_s=())
    with pytest.raises(StoreUnavailable):
        await nowhere.insert("cases", "item", "case", {})
    await nowhere.close()


async def test_a_wrong_account_key_is_no_passing_trouble_and_names_the_role(store: Store) -> None:
    stranger = open_rows(store.url.replace("AccountKey=Eby8", "AccountKey=AAAA"))
    with pytest.raises(StoreError, match="Storage Table Data Contributor") as refused:
        await stranger.get(store.table, "item", "case")
    assert not isinstance(refused.value, StoreUnavailable)
    assert "AAAA" not in str(refused.value)
    await stranger.close()


async def test_the_row_that_a_writer_reads_back_is_its_own_only_by_its_write_id(
    rows: Rows, ours: Rows, proxy: LossyProxy, table: str
) -> None:
    added: Row = await rows.insert(table, "item", "case", {"n": 1})
    proxy.writes = [Fault.LOST_REQUEST]
    with pytest.raises(Exists):  # the same value, written by another
        await ours.insert(table, "item", "case", added.value)
