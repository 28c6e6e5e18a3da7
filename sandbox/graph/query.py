"""Runs a query: a table, then operators over its rows."""

from collections.abc import Callable
from datetime import datetime
from functools import cmp_to_key
from typing import Any

from sandbox.graph.expressions import Expression, Reader, Row, Value, expression
from sandbox.graph.tokens import tokens

Rows = list[Row]
Step = Callable[[Rows, datetime], Rows]
Source = Callable[[str], Rows]


def run(query: str, source: Source, now: datetime) -> Rows:
    """The rows that the query gives. Raises BadQuery for all that this subset does not hold."""
    reader = Reader(tokens(query))
    if reader.here.text.lower() in _OPERATORS:  # a query may start with an operator (recorded D10)
        rows = _operator(reader)(source("resources"), now)
    else:
        table = reader.take()
        rows = source(table.text.lower()) if table.kind == "word" else reader.fail("expected a table")
    while reader.accept("|"):
        rows = _operator(reader)(rows, now)
    if reader.here.kind != "end":
        reader.fail("expected | or the end")
    return rows


def _operator(reader: Reader) -> Step:
    name = reader.take().text.lower()
    if name not in _OPERATORS:
        reader.fail(f"the sandbox knows no operator {name}")
    return _OPERATORS[name](reader)


def _where(reader: Reader) -> Step:
    test = expression(reader)
    return lambda rows, now: [row for row in rows if test(row, now)]


def _named(reader: Reader) -> list[tuple[str, Expression]]:
    """`name = expression` or a bare column, separated by commas."""
    found = []
    while True:
        start = reader.position
        value = expression(reader)
        name = reader.text_since(start).replace(".", "_")  # properties.a becomes properties_a, as in Kusto
        if reader.accept("="):
            value = expression(reader)
        found.append((name, value))
        if not reader.accept(","):
            return found


def _extend(reader: Reader) -> Step:
    columns = _named(reader)

    def step(rows: Rows, now: datetime) -> Rows:
        out = []
        for row in rows:
            grown = dict(row)
            for name, value in columns:
                grown[name] = value(grown, now)
            out.append(grown)
        return out

    return step


def _project(reader: Reader) -> Step:
    columns = _named(reader)
    return lambda rows, now: [{name: value(row, now) for name, value in columns} for row in rows]


def _sort(reader: Reader) -> Step:
    reader.expect("by")
    keys: list[tuple[Expression, bool]] = []
    while True:
        value = expression(reader)
        direction = reader.accept("asc", "desc")
        keys.append((value, direction is None or direction.text.lower() == "desc"))  # descending unless said
        if not reader.accept(","):
            break

    def step(rows: Rows, now: datetime) -> Rows:
        for value, down in reversed(keys):
            rows = _sorted(rows, value, now, down)
        return rows

    return step


def _sorted(rows: Rows, value: Expression, now: datetime, down: bool) -> Rows:
    def compare(left: Row, right: Row) -> int:
        return _compare(value(left, now), value(right, now))

    return sorted(rows, key=cmp_to_key(compare), reverse=down)


def _compare(left: Value, right: Value) -> int:
    if left is None or right is None:
        return (left is not None) - (right is not None)
    return int(left > right) - int(left < right)


def _take(reader: Reader) -> Step:
    token = reader.take()
    if token.kind != "number":
        reader.fail("expected a number")
    count = int(float(token.text))
    return lambda rows, now: rows[:count]


def _count(reader: Reader) -> Step:
    return lambda rows, now: [{"Count": len(rows)}]


_OPERATORS: dict[str, Callable[[Reader], Step]] = {
    "where": _where,
    "extend": _extend,
    "project": _project,
    "order": _sort,
    "sort": _sort,
    "take": _take,
    "limit": _take,
    "count": _count,
}


def plain(value: Any) -> Any:
    """A value as JSON holds it; instants as Resource Graph prints them."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ").replace(".000000Z", "Z")
    return value
