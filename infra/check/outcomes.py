"""The workbook's queries against the columns of the table that they read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.check import kql, nodes
from infra.check.finding import Finding, error
from infra.check.source import Source

OF_EVERY_TABLE = frozenset({"TenantId", "Type", "_ResourceId", "_SubscriptionId"})
"""https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns"""


def columns(source: Source) -> tuple[str, frozenset[str]]:
    """The table that outcomes.bicep makes: its name, and the names of its columns."""
    table, listed = source.named("var", "tableName"), source.named("var", "columns")
    if table is None or listed is None:
        return "", frozenset()
    found = (nodes.properties(one).get("name") for one in nodes.values(listed.value))
    said = (nodes.string_of(one) for one in found if one is not None)
    return nodes.string_of(table.value) or "", frozenset(filter(None, said))


def workbook(file: Path, shown: Path, source: Source) -> Iterator[Finding]:
    """Queries of another table, and columns that the table lacks."""
    table, known = columns(source)
    if not table or not known:
        yield error(source.shown, 0, "no `tableName` and `columns` are declared here to check the workbook against")
    for title, query in queries(json.loads(file.read_text("utf-8"))):
        found = kql.names(query)
        for other in sorted(found.tables - {table}):
            yield error(shown, 0, f"{title!r} reads {other}, which is not the table {table}")
        for name in sorted(found.read - known - OF_EVERY_TABLE):
            yield error(shown, 0, f"{title!r} reads {name}, which is no column of {table}")


def queries(value: Any, title: str = "") -> Iterator[tuple[str, str]]:
    """Every query of a workbook, however deep it lies, with the title over it."""
    if isinstance(value, dict):
        title = str(value.get("title") or value.get("name") or title)
        if isinstance(value.get("query"), str):
            yield title, value["query"]
        for one in value.values():
            yield from queries(one, title)
    elif isinstance(value, list):
        for one in value:
            yield from queries(one, title)
