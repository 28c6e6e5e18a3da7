"""Rows in Azure Table Storage (or Azurite, its emulator).

A write whose answer is lost is never sent again; the row is read back, and its trail tells whether the write is in it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from gateway.store.row_limits import check_address, check_change, check_key, check_table, json_text
from gateway.store.rows import Conflict, Exists, Row, StoreError, StoreUnavailable
from gateway.store.table_entities import (
    PAST_ETAG,
    came_from,
    extend_trail,
    join_etag,
    new_write_id,
    service_etag_of,
    to_entity,
    to_row,
    trail_of,
)
from gateway.store.table_keys import encode
from gateway.store.table_scan import scan_table
from gateway.store.table_service import open_service, translated

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError
    from azure.data.tables.aio import TableClient, TableServiceClient

# Only reads are repeated, after these pauses in seconds; longer trouble is the caller's to wait out.
READ_PAUSES_S = (0.1, 0.5)


class TableRows:
    """Rows of one storage account. One instance serves one event loop."""

    def __init__(self, url: str, identity: str = "", *, read_pauses_s: tuple[float, ...] = READ_PAUSES_S) -> None:
        self._url, self._identity = url, identity
        self._read_pauses_s = read_pauses_s
        self._service: TableServiceClient | None = None
        self._making = asyncio.Lock()
        self._made: dict[str, TableClient] = {}

    async def insert(self, table: str, partition: str, key: str, value: dict[str, Any]) -> Row:
        """Add a row if there is none. Raises Exists."""
        from azure.core.exceptions import AzureError, ResourceExistsError

        check_address(table, partition, key)
        text, write = json_text(table, partition, key, value), new_write_id()
        client = await self._client(table)
        try:
            answer = await client.create_entity(to_entity(partition, key, text, write))
        except ResourceExistsError as error:
            raise Exists(f"{table}/{partition}/{key} is already there") from error
        except AzureError as error:
            failure = translated(error, f"insert {table}/{partition}/{key}")
            found = await self.get(table, partition, key) if isinstance(failure, StoreUnavailable) else None
            if found is None:
                raise failure from error
            return _own_version(found, text, write, Exists(f"{table}/{partition}/{key} is already there"))
        return Row(partition, key, json.loads(text), join_etag(answer["etag"], write))

    async def replace(self, table: str, row: Row, value: dict[str, Any]) -> Row:
        """Put `value` in place of exactly this version of the row. Raises Conflict."""
        check_change(table, row.partition, row.key)
        text, write = json_text(table, row.partition, row.key, value), new_write_id()
        trail = extend_trail(trail_of(row), write)
        try:
            etag = await self._update(table, row, to_entity(row.partition, row.key, text, trail))
        except (Conflict, StoreUnavailable):
            # A Conflict too may be with ourselves: aiohttp sends a PUT again, unseen, when a kept connection breaks.
            found = await self.get(table, row.partition, row.key)
            if found and found.etag == row.etag:
                raise
            return _own_version(found, text, write, _conflict(table, row))
        return Row(row.partition, row.key, json.loads(text), join_etag(etag, trail))

    async def delete(self, table: str, row: Row) -> None:
        """Remove exactly this version of the row. Raises Conflict."""
        check_change(table, row.partition, row.key)
        try:
            await self._remove(table, row)
        except StoreUnavailable:
            found = await self.get(table, row.partition, row.key)
            if found and found.etag == row.etag:
                raise
            if found and came_from(found, row):
                raise _conflict(table, row) from None
            # Gone, or gone and inserted anew: what was to be deleted is no more.

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        """Read one row; None where there is none."""
        from azure.core.exceptions import ResourceNotFoundError

        check_address(table, partition, key)
        client = await self._client(table)

        async def read() -> Row | None:
            try:
                entity = await client.get_entity(encode(partition), encode(key))
            except ResourceNotFoundError:
                return None
            return to_row(entity, entity.metadata["etag"] or "")

        return await self._read(read, f"read {table}/{partition}/{key}")

    async def scan(
        self, table: str, partition: str | None = None, *, after: str = "", until: str = "", limit: int = 1000
    ) -> list[Row]:
        """Read up to `limit` rows in order of (partition, key), `after` < key <= `until`; partition None reads all."""
        check_table(table)
        for bound in (partition or "", after, until):
            check_key("bound", bound)
        client = await self._client(table)
        if limit <= 0:
            return []
        return await self._read(lambda: scan_table(client, partition, after, until, limit), f"scan {table}")

    async def close(self) -> None:
        """Give back the connections; a later call opens new ones."""
        service, self._service = self._service, None
        if service is not None:
            await service.close()
            closing = getattr(service.credential, "close", None)
            if closing is not None:
                await closing()

    async def _client(self, table: str) -> TableClient:
        """Give the table's client, after making sure once that the table is there."""
        if self._service is None:
            self._service = open_service(self._url, self._identity)
        # Azure ignores the case of table names, Azurite does not.
        service, name = self._service, table.lower()
        if name not in self._made:
            async with self._making:
                await self._read(lambda: service.create_table_if_not_exists(name), f"make table {name}")
                self._made[name] = service.get_table_client(name)
        return self._made[name]

    async def _update(self, table: str, row: Row, entity: dict[str, Any]) -> str:
        """Send one conditional replacement; return Azure's new etag. Raises Conflict, StoreError, StoreUnavailable."""
        from azure.core.exceptions import AzureError
        from azure.data.tables import UpdateMode

        client = await self._client(table)
        try:
            answer = await client.update_entity(entity, UpdateMode.REPLACE, **_only_if_current(row))
        except AzureError as error:
            raise _refused(error, table, row, "replace") from error
        etag: str = answer.get("etag") or ""
        return etag

    async def _remove(self, table: str, row: Row) -> None:
        """Send one conditional deletion. Raises Conflict, StoreError, StoreUnavailable.

        It goes as a transaction, which is a POST: aiohttp sends a plain DELETE again, unseen, when a kept connection
        breaks, and the SDK hides its 404.
        """
        from azure.core.exceptions import AzureError

        client = await self._client(table)
        address = {"PartitionKey": encode(row.partition), "RowKey": encode(row.key)}
        try:
            await client.submit_transaction([("delete", address, _only_if_current(row))])
        except AzureError as error:
            raise _refused(error, table, row, "delete") from error

    async def _read[T](self, read: Callable[[], Awaitable[T]], doing: str) -> T:
        """Run something harmless to repeat, again after each pause while the trouble is passing."""
        from azure.core.exceptions import AzureError

        for pause in (*self._read_pauses_s, None):
            try:
                return await read()
            except AzureError as error:
                failure = translated(error, doing)
                if pause is None or not isinstance(failure, StoreUnavailable):
                    raise failure from error
            await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")


def _own_version(found: Row | None, text: str, write: str, otherwise: StoreError) -> Row:
    """Give the row as our write left it if `found` descends from that write; else raise `otherwise`.

    When others have written since, the row gets a past etag, so that the next change of it is a Conflict.
    """
    ids = trail_of(found).split(",") if found else []
    if found is None or write not in ids:
        raise otherwise from None
    etag = found.etag if ids[-1] == write else join_etag(PAST_ETAG, trail_of(found))
    return Row(found.partition, found.key, json.loads(text), etag)


def _only_if_current(row: Row) -> dict[str, Any]:
    from azure.core import MatchConditions

    return {"etag": service_etag_of(row), "match_condition": MatchConditions.IfNotModified}


def _refused(error: AzureError, table: str, row: Row, verb: str) -> StoreError:
    if getattr(error, "status_code", None) in (404, 412):
        return _conflict(table, row)
    return translated(error, f"{verb} {table}/{row.partition}/{row.key}")


def _conflict(table: str, row: Row) -> Conflict:
    return Conflict(f"{table}/{row.partition}/{row.key} has changed or gone since it was read")
