"""Rows: small JSON objects in named tables, each changed only by who holds its current etag.

StoreError             the store refused or could not do it
  Exists               the row to insert is already there
  Conflict             the etag is no longer current, or the row is gone: read again, decide again
  StoreUnavailable     passing (timeout, 5xx, no connection, file busy); the write may or may not have happened
"""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Row:
    """One stored JSON object; `etag` is opaque and changes with every write."""

    partition: str
    key: str
    value: dict[str, Any]
    etag: str


class StoreError(Exception):
    """The store refused or could not do it; the text names the table and the row."""


class Exists(StoreError):
    """The row to insert is already there."""


class Conflict(StoreError):
    """The row has changed since it was read, or is gone."""


class StoreUnavailable(StoreError):
    """The store cannot be reached now; a write may have happened, so look before doing it again."""


class Rows(Protocol):
    """What both back ends promise.

    Tables come into being on first use. Partitions and keys are any text up to 512 characters, values any JSON object
    up to 900,000 bytes (row_limits.py); more raises ValueError before anything is sent. So does changing or deleting a
    row of `journal` or `decisions`: these tables are append-only.
    """

    async def insert(self, table: str, partition: str, key: str, value: dict[str, Any]) -> Row:
        """Add a row if there is none; of many at once exactly one wins. Raises Exists."""
        ...

    async def replace(self, table: str, row: Row, value: dict[str, Any]) -> Row:
        """Put `value` in place of exactly this version of the row. Raises Conflict."""
        ...

    async def delete(self, table: str, row: Row) -> None:
        """Remove exactly this version of the row. Raises Conflict."""
        ...

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        """Read one row; None where there is none."""
        ...

    async def scan(
        self, table: str, partition: str | None = None, *, after: str = "", until: str = "", limit: int = 1000
    ) -> list[Row]:
        """Read up to `limit` rows in order of (partition, key), `after` < key <= `until`; partition None reads all.

        The two bounds hold inside every partition. To page, pass a partition and the last key read as `after`.
        """
        ...

    async def close(self) -> None:
        """Give back connections; the rows stay."""
        ...
