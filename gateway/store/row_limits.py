"""What fits into a row: the same limits for both back ends, so that nothing works on SQLite that Azure refuses."""

import json
import re
from typing import Any

# An entity holds 1 MiB with its names and keys:
# https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
MAX_JSON_BYTES = 900_000
MAX_KEY_CHARACTERS = 512
TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}\Z")
APPEND_ONLY = frozenset({"journal", "decisions", "audit"})
"""Tables that are a record: their rows are added and never changed."""


def check_address(table: str, partition: str, key: str) -> None:
    """Raise ValueError for a table name or key that one of the back ends could not hold."""
    check_table(table)
    for name, text in (("partition", partition), ("key", key)):
        check_key(name, text)


def check_change(table: str, partition: str, key: str) -> None:
    """Raise ValueError for a change of a row that cannot be, or in a table that is append-only."""
    check_address(table, partition, key)
    if table.lower() in APPEND_ONLY:
        raise ValueError(
            f"{table}/{partition}/{key}: the table {table} is append-only, its rows are never changed or deleted"
        )


def check_table(table: str) -> None:
    """Raise ValueError unless `table` is 3 to 63 ASCII letters and digits, letter first (the rule of Azure Tables)."""
    if not TABLE_NAME.match(table):
        raise ValueError(f"{table!r} is no table name: use 3 to 63 ASCII letters and digits, starting with a letter")


def check_key(name: str, text: str) -> None:
    """Raise ValueError for a key over 512 characters or with half of a surrogate pair."""
    if len(text) > MAX_KEY_CHARACTERS:
        raise ValueError(f"the {name} {text[:40]!r}... has {len(text)} characters, the limit is {MAX_KEY_CHARACTERS}")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"the {name} {text[:40]!r} holds half of a surrogate pair, which is no character")


def json_text(table: str, partition: str, key: str, value: dict[str, Any]) -> str:
    """Write `value` as ASCII JSON; raise ValueError naming size and limit when it is too large."""
    if not isinstance(value, dict):
        raise ValueError(f"the value of {table}/{partition}/{key} is a {type(value).__name__}, not a JSON object")
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_JSON_BYTES:
        raise ValueError(
            f"the value of {table}/{partition}/{key} is {len(text)} bytes of JSON, the limit is {MAX_JSON_BYTES}"
        )
    return text
