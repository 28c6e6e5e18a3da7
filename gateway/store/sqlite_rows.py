"""Rows in one SQLite file, for one machine without a storage account; several processes may share the file."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.store.row_limits import check_address, check_change, check_key, check_table, json_text
from gateway.store.rows import Conflict, Exists, Row, StoreError, StoreUnavailable

if TYPE_CHECKING:
    import sqlite3

BUSY_TIMEOUT_S = 10.0
WAL_TRIES = 20
SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    tbl TEXT NOT NULL, partition TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (tbl, partition, key)
);
CREATE TABLE IF NOT EXISTS counter (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL);
INSERT OR IGNORE INTO counter VALUES (1, 0);
"""
# Never a version twice, so that the etag of a deleted row does not fit the row inserted after it.
NEXT_VERSION = "UPDATE counter SET version = version + 1 RETURNING version"
# Table names differ by case in neither back end (Azure Tables ignores it).
WHERE_ROW = "WHERE tbl = lower(?) AND partition = ? AND key = ?"


class SqliteRows:
    """Rows of one file. Calls run inline: each is one short transaction, on disk before it answers."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        self._open: sqlite3.Connection | None = None

    async def insert(self, table: str, partition: str, key: str, value: dict[str, Any]) -> Row:
        """Add a row if there is none. Raises Exists."""
        check_address(table, partition, key)
        text = json_text(table, partition, key, value)
        with self._transaction(f"insert {table}/{partition}/{key}") as db:
            (version,) = db.execute(NEXT_VERSION).fetchone()
            added = db.execute(
                "INSERT INTO entry VALUES (lower(?), ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (table, partition, key, text, version),
            )
            if added.rowcount != 1:
                raise Exists(f"{table}/{partition}/{key} is already there")
        return Row(partition, key, json.loads(text), str(version))

    async def replace(self, table: str, row: Row, value: dict[str, Any]) -> Row:
        """Put `value` in place of exactly this version of the row. Raises Conflict."""
        check_change(table, row.partition, row.key)
        text = json_text(table, row.partition, row.key, value)
        with self._transaction(f"replace {table}/{row.partition}/{row.key}") as db:
            (version,) = db.execute(NEXT_VERSION).fetchone()
            changed = db.execute(
                f"UPDATE entry SET value = ?, version = ? {WHERE_ROW} AND version = ?",
                (text, version, table, row.partition, row.key, row.etag),
            )
            _expect_one(changed.rowcount, table, row)
        return Row(row.partition, row.key, json.loads(text), str(version))

    async def delete(self, table: str, row: Row) -> None:
        """Remove exactly this version of the row. Raises Conflict."""
        check_change(table, row.partition, row.key)
        with self._transaction(f"delete {table}/{row.partition}/{row.key}") as db:
            gone = db.execute(
                f"DELETE FROM entry {WHERE_ROW} AND version = ?", (table, row.partition, row.key, row.etag)
            )
            _expect_one(gone.rowcount, table, row)

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        """Read one row; None where there is none."""
        check_address(table, partition, key)
        with self._connection(f"read {table}/{partition}/{key}") as db:
            found = db.execute(f"SELECT value, version FROM entry {WHERE_ROW}", (table, partition, key)).fetchone()
        return Row(partition, key, json.loads(found[0]), str(found[1])) if found else None

    async def scan(
        self, table: str, partition: str | None = None, *, after: str = "", until: str = "", limit: int = 1000
    ) -> list[Row]:
        """Read up to `limit` rows in order of (partition, key), `after` < key <= `until`; partition None reads all."""
        check_table(table)
        where, values = "tbl = lower(?)", [table]
        for condition, bound in (("partition = ?", partition), ("key > ?", after or None), ("key <= ?", until or None)):
            if bound is not None:
                check_key("bound", bound)
                where, values = f"{where} AND {condition}", [*values, bound]
        with self._connection(f"scan {table}") as db:
            found = db.execute(
                f"SELECT partition, key, value, version FROM entry WHERE {where} ORDER BY partition, key LIMIT ?",
                (*values, max(limit, 0)),
            ).fetchall()
        return [Row(part, key, json.loads(text), str(version)) for part, key, text, version in found]

    async def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            if self._open is not None:
                self._open.close()
                self._open = None

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[sqlite3.Connection]:
        # IMMEDIATE takes the write lock first: a read that turns into a write would fail at once, without waiting.
        with self._connection(doing) as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    @contextmanager
    def _connection(self, doing: str) -> Iterator[sqlite3.Connection]:
        import sqlite3

        with self._lock:
            try:
                self._open = self._open or _connect(self._path)
                yield self._open
            except sqlite3.Error as error:
                raise _translated(error, f"{doing} in {self._path}") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file, made on first use; every commit is flushed to disk (synchronous FULL), so a kill loses none."""
    import sqlite3

    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        _switch_to_wal(db)
        db.execute("PRAGMA synchronous = FULL")
        db.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
    except sqlite3.Error:
        db.close()
        raise
    return db


def _switch_to_wal(db: sqlite3.Connection) -> None:
    """Set write-ahead logging. Two processes that switch at once get no wait from SQLite; a transaction does."""
    import sqlite3

    for left in reversed(range(WAL_TRIES)):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not left or _primary_code(error) != sqlite3.SQLITE_BUSY:
                raise
            db.executescript("BEGIN IMMEDIATE; COMMIT;")


def _expect_one(count: int, table: str, row: Row) -> None:
    if count != 1:
        raise Conflict(f"{table}/{row.partition}/{row.key} has changed or gone since it was read")


def _primary_code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF  # the upper bytes only refine it: https://www.sqlite.org/rescode.html


def _translated(error: sqlite3.Error, doing: str) -> StoreError:
    import sqlite3

    passing = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
    kind = StoreUnavailable if _primary_code(error) in passing else StoreError
    return kind(f"could not {doing}: {error}")
