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
    up to 900,000 bytes (row_limits.py); more raises ValueError before anything is sent.
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


SQLITE = "sqlite://"
CONNECTION_STRING_KEYS = ("usedevelopmentstorage=", "defaultendpointsprotocol=", "accountname=", "tableendpoint=")


def open_rows(url: str) -> Rows:
    """Choose the back end that STORE_URL names; it connects on first use. Raises ValueError for any other text."""
    if url.startswith(SQLITE + "/") and not url.endswith("/"):
        from gateway.store.sqlite_rows import SqliteRows

        return SqliteRows("/" + url.removeprefix(SQLITE).lstrip("/"))
    if (url.startswith("https://") and ".table." in url) or url.lower().startswith(CONNECTION_STRING_KEYS):
        from gateway.store.table_rows import TableRows

        return TableRows(url)
    # The text itself may hold an account key: it is not repeated.
    raise ValueError(
        "the setting STORE_URL names no store: set it to https://<account>.table.core.windows.net (Azure, with the "
        "app's managed identity), to sqlite:///full/path/to/file.db (one machine), or to UseDevelopmentStorage=true "
        "(Azurite)"
    )
