"""The workbook's queries against the columns of the tables that they read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.check import kql, nodes
from infra.check.finding import Finding, error
from infra.check.source import Source
from infra.check.words import words

OF_EVERY_TABLE = frozenset({"TenantId", "Type", "_ResourceId", "_SubscriptionId"})
"""https://learn.microsoft.com/azure/azure-monitor/logs/log-standard-columns"""
OF_AZURE = {
    "AppTraces": words("""AppRoleInstance AppRoleName AppVersion _BilledSize ClientBrowser ClientCity ClientCountryOrRegion
        ClientIP ClientModel ClientOS ClientStateOrProvince ClientType IKey _IsBillable ItemCount Measurements Message OperationId
        OperationName ParentId Properties ReferencedItemId ReferencedType ResourceGUID SDKVersion SessionId SeverityLevel
        SourceSystem SyntheticSource TimeGenerated UserAccountId UserAuthenticatedId UserId""")
}
"""Tables that Azure makes, with their columns (https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces)."""


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
    tables = {**OF_AZURE, table: known}
    for title, query in queries(json.loads(file.read_text("utf-8"))):
        found = kql.names(query)
        for other in sorted(found.tables - tables.keys()):
            yield error(shown, 0, f"{title!r} reads {other}, which is none of the tables {', '.join(sorted(tables))}")
        read = [one for one in sorted(found.tables) if one in tables]
        there = OF_EVERY_TABLE.union(*(tables[one] for one in read))
        for name in sorted(found.read - there):
            yield error(shown, 0, f"{title!r} reads {name}, which is no column of {' or '.join(read)}")


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
