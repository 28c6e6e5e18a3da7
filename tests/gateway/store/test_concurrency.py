"""Many writers at once, in several threads or processes, and writers that are killed."""

import asyncio
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gateway.store.opening import open_rows
from gateway.store.rows import Conflict, Exists, Rows, StoreError

from .conftest import Store

ROOT = Path(__file__).parents[3]
THREADS, TASKS = 5, 10
WRITER = """
import asyncio, sys
from gateway.store.opening import open_rows

async def write(url, table, partition):
    rows = open_rows(url)
    for number in range(100_000):
        await rows.insert(table, partition, str(number), {"number": number, "padding": "x" * 500})
        print(number, flush=True)

asyncio.run(write(*sys.argv[1:]))
"""


async def many_at_once[T](store: Store, write: Callable[[Rows, int], Awaitable[T]]) -> list[T]:
    """Run `write` 50 times at once: ten tasks in each of five threads, each thread with the store opened anew."""

    async def ten(thread: int) -> list[T]:
        rows = store.open()
        try:
            return await asyncio.gather(*(write(rows, thread * TASKS + task) for task in range(TASKS)))
        finally:
            await rows.close()

    threads = (asyncio.to_thread(asyncio.run, ten(thread)) for thread in range(THREADS))
    return [result for results in await asyncio.gather(*threads) for result in results]


async def test_of_fifty_inserts_of_one_key_exactly_one_wins(store: Store) -> None:
    async def claim(rows: Rows, writer: int) -> int | None:
        try:
            await rows.insert(store.table, "item", "claim", {"writer": writer})
        except Exists:
            return None
        return writer

    winners = [writer for writer in await many_at_once(store, claim) if writer is not None]
    rows = store.open()
    found = await rows.get(store.table, "item", "claim")
    await rows.close()
    assert found and winners == [found.value["writer"]]


async def test_fifty_increments_by_compare_and_swap_add_up(store: Store) -> None:
    rows = store.open()
    await rows.insert(store.table, "item", "count", {"n": 0})

    async def increment(own: Rows, writer: int) -> None:
        while True:
            row = await own.get(store.table, "item", "count")
            assert row
            try:
                await own.replace(store.table, row, {"n": row.value["n"] + 1})
            except Conflict:
                continue
            return

    await many_at_once(store, increment)
    found = await rows.get(store.table, "item", "count")
    await rows.close()
    assert found and found.value == {"n": THREADS * TASKS}


async def test_of_fifty_deletions_of_one_version_exactly_one_wins(store: Store) -> None:
    rows = store.open()
    row = await rows.insert(store.table, "item", "claim", {})

    async def release(own: Rows, writer: int) -> bool:
        try:
            await own.delete(store.table, row)
        except Conflict:
            return False
        return True

    assert sum(await many_at_once(store, release)) == 1
    await rows.close()


def start_writer(store: Store, partition: str) -> subprocess.Popen[str]:
    """Start a process that inserts without end and prints every number that the store has acknowledged."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, store.url, store.table, partition],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )


def kill_after(writer: subprocess.Popen[str], lines: int) -> list[str]:
    """Kill the writer once it has printed so many lines; give all that it got to print."""
    assert writer.stdout is not None
    with writer:
        printed = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        return [line.strip() for line in (*printed, *writer.stdout) if line.endswith("\n")]


async def test_what_killed_writers_were_told_is_stored_is_there(store: Store) -> None:
    writers = [start_writer(store, f"writer{number}") for number in range(3)]
    told = [kill_after(writer, lines) for writer, lines in zip(writers, (5, 60, 120), strict=True)]
    rows = store.open()
    for number, acknowledged in enumerate(told):
        stored = {
            row.key: row.value["number"] for row in await rows.scan(store.table, f"writer{number}", limit=100_000)
        }
        assert len(acknowledged) >= 5
        assert set(acknowledged) <= set(stored)
        assert len(set(stored) - set(acknowledged)) <= 1  # the one that was under way
        assert all(int(key) == value for key, value in stored.items())
    await rows.insert(store.table, "writer0", "after", {})  # nobody left a lock behind
    await rows.close()


def test_importing_the_rows_and_opening_a_store_loads_no_client() -> None:
    code = """
import json, sys
from gateway.store.opening import open_rows
open_rows("sqlite:///nowhere/store.db"), open_rows("https://account.table.core.windows.net")
print(json.dumps(sorted(sys.modules)))
"""
    loaded = json.loads(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True).stdout)
    assert "gateway.store.table_rows" in loaded
    assert not [name for name in loaded if name.split(".")[0] in {"azure", "sqlite3", "aiohttp"}]


def test_processes_that_make_the_same_new_files_at_once_all_succeed(tmp_path: Path) -> None:
    spawn, openers = multiprocessing.get_context("spawn"), 6
    # The race is rare: without the second try in _switch_to_wal, about every second run of this test loses it.
    files = [str(tmp_path / f"{number}.db") for number in range(80)]
    together, failures = spawn.Barrier(openers), spawn.Queue()
    processes = [spawn.Process(target=make_files, args=(files, together, failures)) for _ in range(openers)]
    for process in processes:
        process.start()
    assert [failures.get() for _ in processes] == [[]] * openers
    for process in processes:
        process.join()


def make_files(files: list[str], together: Any, failures: Any) -> None:
    """Open every file at the same moment as the others do, and report what failed."""
    failed = []
    for number, file in enumerate(files):
        together.wait()
        try:
            asyncio.run(open_rows(f"sqlite://{file}").get("cases", "item", str(number)))
        except StoreError as error:
            failed.append(str(error))
    failures.put(failed)
