"""The names in a query of the Kusto language: which columns it reads, and which it makes itself. A rough reading.

It is enough to find a column that is not there; it does not know where in a pipe a name begins to exist.
"""

import re
from dataclasses import dataclass

from infra.check.words import words

TOKEN = re.compile(
    r"""//[^\n]*|(?P<text>@?"(?:[^"\\]|\\.)*"|@?'(?:[^'\\]|\\.)*')|(?P<span>\b\d+(?:\.\d+)?[a-z]*\b)"""
    r"""|(?P<word>[A-Za-z_]\w*)|(?P<gap>\{\w+(?::\w+)?\})|(?P<sign>==|=~|!=|<=|>=|=|\S)"""
)
WORDS = words("""and or not in has has_any has_all contains startswith endswith between by on kind asc desc nulls first last to typeof
    let true false null inner leftouter leftanti step from default with_itemindex where extend project summarize order sort take
    limit top count distinct join union mv expand make series render as parse matches regex away keep rename reorder string
    long int real datetime timespan dynamic bool decimal guid""")
"""Words of the language that stand where a name could."""


@dataclass(frozen=True, slots=True)
class Names:
    """`tables` are what queries start from, `read` the names that no part of the query makes."""

    tables: frozenset[str]
    read: frozenset[str]


def names(query: str) -> Names:
    tokens = [(found.lastgroup or "", found[0]) for found in TOKEN.finditer(query) if found.lastgroup]
    made, used, tables = set[str](), set[str](), set[str]()
    for place, (kind, said) in enumerate(tokens):
        if kind != "word":
            continue
        before = tokens[place - 1][1] if place else ""
        after = tokens[place + 1][1] if place + 1 < len(tokens) else ""
        if place == 0 or (before in ("(", ";") and after == "|"):
            tables.add(said)
        elif after == "=" and said not in WORDS:
            made.add(said)
        elif after != "(" and before != "." and said not in WORDS:
            used.add(said)
    return Names(frozenset(tables), frozenset(used - made - tables))
