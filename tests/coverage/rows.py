"""The rows that the engine must cover, as `rows.toml` beside this lists them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROWS = Path(__file__).with_name("rows.toml")
HOW = ("world", "guide")


class BadRow(Exception):
    """A row that says what the report does not know; the text names it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One code, cause or procedure. `says`: the words that one text for a person must hold, for a row whose `how` is guide."""

    id: str
    title: str
    how: str
    codes: tuple[str, ...] = ()
    says: tuple[str, ...] = ()


def read_rows(text: str) -> tuple[Row, ...]:
    """Raises BadRow for a row that is doubled, or whose words do not fit how it is covered."""
    rows = tuple(_row(entry) for entry in tomllib.loads(text)["row"])
    ids = [row.id.casefold() for row in rows]
    for row in rows:
        if ids.count(row.id.casefold()) > 1:
            raise BadRow(f"the row {row.id} stands twice")
    return rows


def _row(entry: dict[str, object]) -> Row:
    unknown = sorted(set(entry) - set(Row.__dataclass_fields__))
    if unknown or entry.get("how") not in HOW or bool(entry.get("says")) != (entry.get("how") == "guide"):
        raise BadRow(f"the row {entry.get('id')}: `how` is world, or guide with `says`; unknown keys: {unknown}")
    lists = {name: tuple(entry.get(name, ())) for name in ("codes", "says")}  # type: ignore[arg-type]
    return Row(str(entry["id"]), str(entry["title"]), str(entry["how"]), **lists)


def rows() -> tuple[Row, ...]:
    return read_rows(ROWS.read_text("utf-8"))
