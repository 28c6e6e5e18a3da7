"""A row as an entity of Azure Tables: the JSON cut into properties, and the trail of writes that made it.

Every write carries a random id. The entity keeps the id of its insert and those of its latest writes, so that after a
lost answer the writer finds out whether its write is in there, even when others have written since.
"""

import json
import secrets
import zlib
from collections.abc import Mapping
from typing import Any

from gateway.store.rows import Row
from gateway.store.table_keys import decode, encode, is_shortened

# A property holds 64 KiB, of text 32 Ki characters, and an entity 1 MiB; Azurite counts the request's bytes (base64):
# https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
# Larger texts are deflated: ASCII JSON has at most 6.6 bits a byte, so 900,000 bytes of the worst fit both counts.
MAX_TEXT_CHARACTERS = 32_000
PART_BYTES = 65_536
TRAIL_LENGTH = 8
# Well-formed, and older than any entity: stands for a version of ours that somebody has already replaced.
PAST_ETAG = "W/\"datetime'1601-01-01T00%3A00%3A00Z'\""


def new_write_id() -> str:
    """Draw the random id of one write."""
    return secrets.token_hex(8)


def to_entity(partition: str, key: str, text: str, trail: str) -> dict[str, Any]:
    """Lay out one row; `text` is ASCII JSON within row_limits.MAX_JSON_BYTES."""
    entity: dict[str, Any] = {"PartitionKey": encode(partition), "RowKey": encode(key), "Trail": trail}
    for name, field, whole in (("PartitionKey", "Partition", partition), ("RowKey", "Key", key)):
        if is_shortened(entity[name]):
            entity[field] = whole.encode()
    if len(text) <= MAX_TEXT_CHARACTERS:
        return entity | {"Value": text}
    packed = zlib.compress(text.encode(), level=1)
    parts = range(0, len(packed), PART_BYTES)
    return entity | {f"Value{number:02}": packed[at : at + PART_BYTES] for number, at in enumerate(parts)}


def to_row(entity: Mapping[str, Any], service_etag: str) -> Row:
    """Read one entity back."""
    return Row(
        _text_of(entity, "PartitionKey", "Partition"),
        _text_of(entity, "RowKey", "Key"),
        json.loads(_json_of(entity)),
        join_etag(service_etag, entity.get("Trail", "")),
    )


def join_etag(service_etag: str, trail: str) -> str:
    """Make a row's etag, which tells the next writer the trail without another read."""
    return f"{service_etag} {trail}"


def service_etag_of(row: Row) -> str:
    """Give the part of the row's etag that Azure knows."""
    return row.etag.partition(" ")[0]


def trail_of(row: Row) -> str:
    """Give the ids of the writes that made the row, insert first, latest last."""
    return row.etag.partition(" ")[2]


def extend_trail(trail: str, write_id: str) -> str:
    """Add a write to the trail; the insert and the latest ones stay."""
    ids = [*filter(None, trail.split(",")), write_id]
    return ",".join(ids[:1] + ids[1:][-(TRAIL_LENGTH - 1) :])


def came_from(row: Row, other: Row) -> bool:
    """Tell whether both are versions of the same insert."""
    return trail_of(row).split(",")[0] == trail_of(other).split(",")[0]


def _json_of(entity: Mapping[str, Any]) -> str | bytes:
    if "Value" in entity:
        text: str = entity["Value"]
        return text
    names = sorted(name for name in entity if name.startswith("Value"))
    return zlib.decompress(b"".join(entity[name] for name in names))


def _text_of(entity: Mapping[str, Any], name: str, field: str) -> str:
    encoded = entity[name]
    if not is_shortened(encoded):
        return decode(encoded)
    whole: bytes = entity[field]
    return whole.decode()
