"""Scanning a Table in the order of the texts, although long keys are stored as hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.rows import Row
from gateway.store.table_entities import to_row
from gateway.store.table_keys import encode, lower_bound, run_of, upper_bound

if TYPE_CHECKING:
    from azure.data.tables.aio import TableClient

PAGE = 1000  # the most entities that Azure answers at once


async def scan_table(client: TableClient, partition: str | None, after: str, until: str, limit: int) -> list[Row]:
    """Read up to `limit` (at least 1) rows in order of (partition, key), `after` < key <= `until`.

    Azure's order is right from run to run (table_keys.run_of), so whole runs are read, then sorted.
    """
    rows: list[Row] = []
    last: tuple[str, ...] = ()
    found = client.query_entities(condition(partition, after, until), results_per_page=min(limit, PAGE))
    async for entity in found:
        run = run_of(entity["PartitionKey"], entity["RowKey"])
        if len(rows) >= limit and run != last:
            break
        last, row = run, to_row(entity, entity.metadata["etag"] or "")
        if (not after or row.key > after) and (not until or row.key <= until):
            rows.append(row)
    return sorted(rows, key=lambda row: (row.partition, row.key))[:limit]


def condition(partition: str | None, after: str, until: str) -> str:
    """Write the OData filter; it may let through a few keys too many. Encoded keys hold no quotes."""
    parts = [] if partition is None else [f"PartitionKey eq '{encode(partition)}'"]
    if after:
        parts.append(f"RowKey ge '{lower_bound(after)}'")
    if until:
        parts.append(f"RowKey le '{upper_bound(until)}'")
    return " and ".join(parts)
