"""What both back ends promise, one store at a time."""

import random
import string
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store.row_limits import MAX_JSON_BYTES
from gateway.store.rows import Conflict, Exists, Row, Rows
from gateway.store.table_rows import TableRows

from .conftest import Store

AWKWARD = [
    "",
    " ",
    "/",
    "\\",
    "#",
    "?",
    ";",
    "%",
    "%2F",
    "'",
    "''",
    "a'b",
    "\x00",
    "\x1f\x7f\x85",
    "~",
    "!",
    ".",
    "..",
    "é",
    "😀",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
each_backend = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def test_an_inserted_row_is_read_back_as_it_was(rows: Rows, table: str) -> None:
    added = await rows.insert(table, "item", "case", {"state": "open", "n": 1})
    assert await rows.get(table, "item", "case") == added
    assert (added.partition, added.key, added.value) == ("item", "case", {"state": "open", "n": 1})


async def test_a_row_that_is_not_there_reads_as_none(rows: Rows, table: str) -> None:
    assert await rows.get(table, "item", "case") is None
    assert await rows.scan(table) == []


async def test_a_second_insert_is_refused_and_changes_nothing(rows: Rows, table: str) -> None:
    await rows.insert(table, "item", "case", {"by": "first"})
    with pytest.raises(Exists, match=f"{table}/item/case"):
        await rows.insert(table, "item", "case", {"by": "second"})
    found = await rows.get(table, "item", "case")
    assert found and found.value == {"by": "first"}


async def test_replacing_changes_value_and_etag(rows: Rows, table: str) -> None:
    added = await rows.insert(table, "item", "case", {"n": 1})
    changed = await rows.replace(table, added, {"m": 2})
    assert changed.value == {"m": 2}
    assert changed.etag != added.etag
    assert await rows.get(table, "item", "case") == changed


async def test_a_stale_etag_neither_replaces_nor_deletes(rows: Rows, table: str) -> None:
    stale = await rows.insert(table, "item", "case", {"n": 1})
    current = await rows.replace(table, stale, {"n": 2})
    with pytest.raises(Conflict, match=f"{table}/item/case"):
        await rows.replace(table, stale, {"n": 3})
    with pytest.raises(Conflict, match=f"{table}/item/case"):
        await rows.delete(table, stale)
    assert await rows.get(table, "item", "case") == current


async def test_a_row_that_is_gone_can_be_neither_replaced_nor_deleted(rows: Rows, table: str) -> None:
    gone = await rows.insert(table, "item", "case", {"n": 1})
    await rows.delete(table, gone)
    with pytest.raises(Conflict):
        await rows.replace(table, gone, {"n": 2})
    with pytest.raises(Conflict):
        await rows.delete(table, gone)
    assert await rows.get(table, "item", "case") is None


async def test_the_etag_of_a_deleted_row_does_not_fit_the_row_inserted_after_it(rows: Rows, table: str) -> None:
    old = await rows.insert(table, "item", "case", {"n": 1})
    await rows.delete(table, old)
    new = await rows.insert(table, "item", "case", {"n": 1})
    with pytest.raises(Conflict):
        await rows.delete(table, old)
    assert await rows.get(table, "item", "case") == new


async def test_a_row_read_by_a_scan_can_be_changed(rows: Rows, table: str) -> None:
    await rows.insert(table, "item", "case", {"n": 1})
    (found,) = await rows.scan(table, "item")
    await rows.delete(table, await rows.replace(table, found, {"n": 2}))
    assert await rows.scan(table, "item") == []


async def test_what_was_written_is_there_after_opening_again(rows: Rows, table: str, store: Store) -> None:
    added = await rows.insert(table, "item", "case", {"n": 1})
    await rows.close()
    again = store.open()
    assert await again.get(table, "item", "case") == added
    await again.close()


async def test_tables_do_not_see_each_other_and_their_names_ignore_case(rows: Rows, table: str) -> None:
    added = await rows.insert(table, "item", "case", {"n": 1})
    assert await rows.get(f"{table}x", "item", "case") is None
    assert await rows.get(table.lower(), "item", "case") == added
    changed = await rows.replace(table.lower(), added, {"n": 2})
    assert await rows.get(table, "item", "case") == changed
    await rows.delete(table.lower(), changed)
    assert await rows.scan(table) == []


async def test_keys_that_differ_only_in_case_are_different_rows(rows: Rows, table: str) -> None:
    for key in ("web", "Web", "WEB"):
        await rows.insert(table, "item", key, {"key": key})
    assert [row.key for row in await rows.scan(table, "item")] == ["WEB", "Web", "web"]


async def test_awkward_partitions_and_keys_come_back_whole_and_in_order(rows: Rows, table: str) -> None:
    for text in AWKWARD:
        await rows.insert(table, text, text, {"text": text})
        assert await rows.get(table, text, text) is not None
    assert [(row.partition, row.key, row.value["text"]) for row in await rows.scan(table)] == [
        (text, text, text) for text in sorted(AWKWARD)
    ]
    for text in AWKWARD:
        (row,) = await rows.scan(table, text, until=text)
        await rows.delete(table, await rows.replace(table, row, {}))
    assert await rows.scan(table) == []


@each_backend
@given(key=st.text(max_size=512), value=st.dictionaries(st.text(), JSON, max_size=4))
async def test_any_key_and_any_json_object_come_back(rows: Rows, table: str, key: str, value: dict[str, Any]) -> None:
    partition = uuid4().hex
    added = await rows.insert(table, partition, key, value)
    assert added.value == value
    assert await rows.get(table, partition, key) == added
    assert await rows.scan(table, partition) == [added]


short_or_long = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from(["", "a", "#" * 148, "#" * 149, "#" * 150, "a" * 446, "a" * 447, "a" * 448, "é" * 500]),
    st.text(alphabet="abZ09-:.|_/#~é", max_size=6),
)


@each_backend
@given(
    keys=st.lists(short_or_long, unique=True, max_size=12),
    after=st.just("") | short_or_long,
    until=st.just("") | short_or_long,
    limit=st.integers(0, 12),
)
async def test_a_scan_gives_the_keys_between_its_bounds_in_order(
    rows: Rows, table: str, keys: list[str], after: str, until: str, limit: int
) -> None:
    partition = uuid4().hex
    for key in keys:
        await rows.insert(table, partition, key, {})
    found = await rows.scan(table, partition, after=after, until=until, limit=limit)
    between = sorted(key for key in keys if (not after or key > after) and (not until or key <= until))
    assert [row.key for row in found] == between[:limit]


@each_backend
@given(
    addresses=st.lists(st.tuples(short_or_long, short_or_long), unique=True, max_size=10),
    limit=st.integers(1, 10),
)
async def test_a_scan_of_all_partitions_is_ordered_by_partition_then_key(
    rows: Rows, addresses: list[tuple[str, str]], limit: int
) -> None:
    own_table = f"t{uuid4().hex}"
    for partition, key in addresses:
        await rows.insert(own_table, partition, key, {})
    found = await rows.scan(own_table, limit=limit)
    assert [(row.partition, row.key) for row in found] == sorted(addresses)[:limit]


@pytest.mark.parametrize("page", [1, 7, 40])
async def test_paging_meets_every_row_once(rows: Rows, table: str, page: int) -> None:
    keys = [f"2026-03-{day:02}T02:00|{'#' * 200 * (day % 2)}" for day in range(1, 29)]
    for key in keys:
        await rows.insert(table, "day", key, {})
    met: list[str] = []
    while found := await rows.scan(table, "day", after=met[-1] if met else "", limit=page):
        met += [row.key for row in found]
    assert met == keys


async def test_a_scan_reads_past_the_thousand_that_azure_answers_at_once(rows: Rows, table: str) -> None:
    for number in range(1005):
        await rows.insert(table, "many", f"{number:04}", {})
    assert len(await rows.scan(table, "many")) == 1000
    assert [row.key for row in await rows.scan(table, "many", limit=2000)] == [f"{n:04}" for n in range(1005)]


@pytest.mark.parametrize("characters", [31_980, 32_000, 32_001, 65_536, 200_000, MAX_JSON_BYTES])
async def test_a_value_of_any_size_up_to_the_limit_comes_back(rows: Rows, table: str, characters: int) -> None:
    # Random printable text is the hardest to deflate.
    letters = (string.ascii_letters + string.digits + string.punctuation).translate(str.maketrans("", "", '"\\'))
    text = "".join(random.Random(characters).choices(letters, k=characters - len('{"x":""}')))
    added = await rows.insert(table, "#" * 512, "é" * 512, {"x": text})
    assert (await rows.scan(table)) == [added]
    changed = await rows.replace(table, added, {"x": text[::-1]})
    assert await rows.get(table, "#" * 512, "é" * 512) == changed
    assert changed.value == {"x": text[::-1]}


async def test_a_large_value_leaves_nothing_behind_when_a_small_one_replaces_it(rows: Rows, table: str) -> None:
    added = await rows.insert(table, "item", "case", {"x": "x" * 500_000})
    await rows.replace(table, added, {"x": "small"})
    found = await rows.get(table, "item", "case")
    assert found and found.value == {"x": "small"}


async def test_a_value_over_the_limit_is_refused_with_size_and_limit(rows: Rows, table: str) -> None:
    small = await rows.insert(table, "item", "small", {})
    large = {"x": "x" * MAX_JSON_BYTES}
    for attempt in (rows.insert(table, "item", "case", large), rows.replace(table, small, large)):
        with pytest.raises(ValueError, match="is 900008 bytes of JSON, the limit is 900000"):
            await attempt
    assert await rows.scan(table) == [small]


@pytest.mark.parametrize(
    ("partition", "key", "value", "complaint"),
    [
        ("p" * 513, "k", {}, "partition .* 513 characters, the limit is 512"),
        ("p", "k" * 513, {}, "key .* 513 characters, the limit is 512"),
        ("p", "\ud800", {}, "half of a surrogate pair"),
        ("p", "k", ["no", "object"], "is a list, not a JSON object"),
        ("p", "k", {"n": float("nan")}, "not JSON compliant"),
    ],
)
async def test_what_fits_one_back_end_only_is_refused_by_both(
    rows: Rows, table: str, partition: str, key: str, value: Any, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        await rows.insert(table, partition, key, value)
    assert await rows.scan(table) == []


@pytest.mark.parametrize("name", ["", "ab", "1abc", "with-dash", "a" * 64, "tablé", "abc\n"])
async def test_a_name_that_azure_would_refuse_for_a_table_is_refused(rows: Rows, name: str) -> None:
    with pytest.raises(ValueError, match="is no table name"):
        await rows.get(name, "p", "k")
    with pytest.raises(ValueError, match="is no table name"):
        await rows.scan(name)


@pytest.mark.parametrize("name", ["journal", "decisions", "Journal", "DECISIONS"])
async def test_a_row_of_a_record_is_never_replaced_or_deleted(rows: Rows, name: str) -> None:
    kept = await rows.insert(name, uuid4().hex, "intent", {"n": 1})
    for attempt in (rows.replace(name, kept, {"n": 2}), rows.delete(name, kept)):
        with pytest.raises(ValueError, match="append-only"):
            await attempt
    assert await rows.get(name, kept.partition, kept.key) == kept


@pytest.mark.parametrize("name", ["journal", "decisions"])
async def test_a_change_of_a_record_is_refused_before_anything_is_sent(name: str) -> None:
    nowhere = TableRows(
        "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=aa==;TableEndpoint=http://127.0.0.1:1/a"
    )
    with pytest.raises(ValueError, match="append-only"):
        await nowhere.replace(name, Row("p", "k", {}, "e"), {})
    with pytest.raises(ValueError, match="append-only"):
        await nowhere.delete(name, Row("p", "k", {}, "e"))
    await nowhere.close()
