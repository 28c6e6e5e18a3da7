"""Tables of rows in memory, and a SQLite file that receives what changed before each answer."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter


class Table[Row]:
    """Rows by key (ids compare without case), grouped by the key of their parent."""

    def __init__(
        self,
        name: str,
        row: type[Row],
        key: Callable[[Row], str],
        parent: Callable[[Row], str] | None = None,
    ) -> None:
        self.name, self._key, self._parent = name, key, parent
        self._codec: TypeAdapter[Row] = TypeAdapter(row)
        self._rows: dict[str, Row] = {}
        self._children: dict[str, dict[str, None]] = {}
        self.dirty: set[str] = set()
        self.watcher: Callable[[str, Row | None], None] | None = None

    def put(self, row: Row) -> Row:
        key = self._key(row).lower()
        self._place(key, row)
        self.dirty.add(key)
        if self.watcher:
            self.watcher(key, row)
        return row

    def _place(self, key: str, row: Row) -> None:
        self._rows[key] = row
        if self._parent:
            self._children.setdefault(self._parent(row).lower(), {})[key] = None

    def get(self, key: str) -> Row | None:
        return self._rows.get(key.lower())

    def require(self, key: str) -> Row:
        return self._rows[key.lower()]

    def remove(self, key: str) -> None:
        row = self._rows.pop(key.lower(), None)
        if row is None:
            return
        self.dirty.add(key.lower())
        if self._parent:
            self._children[self._parent(row).lower()].pop(key.lower())
        if self.watcher:
            self.watcher(key.lower(), None)

    def under(self, parent: str) -> list[Row]:
        return [self._rows[key] for key in self._children.get(parent.lower(), {})]

    def items(self) -> list[tuple[str, Row]]:
        return list(self._rows.items())

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows changed since the last call, None for a row that is gone."""
        for key in self.dirty:
            row = self._rows.get(key)
            yield key, None if row is None else self._codec.dump_json(row)
        self.dirty.clear()

    def load(self, key: str, text: bytes) -> None:
        self._place(key, self._codec.validate_json(text))


class Ledger:
    """The SQLite file behind the tables. WAL survives a killed process, which is what is promised here."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "sandbox.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS rows (tab TEXT, key TEXT, doc BLOB, PRIMARY KEY (tab, key))")

    def is_empty(self) -> bool:
        return self._db.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is None

    def read(self, tables: dict[str, Table[Any]]) -> None:
        for name, key, doc in self._db.execute("SELECT tab, key, doc FROM rows ORDER BY rowid"):
            tables[name].load(key, doc)

    def write(self, tables: dict[str, Table[Any]]) -> None:
        """Write what changed in one transaction; nothing is opened when nothing changed."""
        if not any(table.dirty for table in tables.values()):
            return
        self._db.execute("BEGIN")
        for name, table in tables.items():
            for key, doc in table.changes():
                if doc is None:
                    self._db.execute("DELETE FROM rows WHERE tab=? AND key=?", (name, key))
                else:
                    self._db.execute(
                        "INSERT INTO rows VALUES (?,?,?) ON CONFLICT (tab, key) DO UPDATE SET doc=excluded.doc",
                        (name, key, doc),
                    )
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()
