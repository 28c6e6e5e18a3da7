"""The host's one SQLite file. A transaction is durable against a kill of the process when it has ended."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# WAL with synchronous=NORMAL does not sync at each commit: a killed process loses nothing, a power cut may lose
# the last commits. That is the right price for a local host. https://sqlite.org/pragma.html#pragma_synchronous
_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"


BUSY_SECONDS = 0.2
"""How long a write waits for someone else's lock on the file; the event loop stands still meanwhile."""
RETRY_SECONDS = 0.5
"""Pause before a failed write is tried again; real time, not the host's clock."""


class Database:
    """One connection, used from the event loop only."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
        self.connection.executescript(_PRAGMAS)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: commits at the end of the block, rolls back when it raises."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self.connection.close()
