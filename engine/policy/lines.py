"""On which line of a TOML text a key stands: what tomllib does not tell. Pure."""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]

_CLOSING = ("]", "}", '"""', "'''")


def lines_of(text: str) -> dict[Path, int]:
    """The line of every table, key and list entry of a text that parses, by its path."""
    found: dict[Path, int] = {}
    newest: dict[Path, int] = {}  # of each array of tables: the index of the table that is being filled
    table: Path = ()
    for line, statement, parsed in _statements(text):
        if statement.lstrip().startswith("["):
            table = _table(parsed, newest)
            found.setdefault(table, line)
        else:
            for path, value in _entries(parsed, table):
                found.setdefault(path, line + _offset(statement, value))
    return found


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of the key, else of the nearest table around it, else the first."""
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 1)


def line_of_error(text: str, error: Exception) -> int:
    """Where a text that does not parse goes wrong."""
    if told := re.search(r"\(at line (\d+), column \d+\)$", str(error)):
        return int(told[1])
    if isinstance(error, tomllib.TOMLDecodeError):  # at the end of the document: something is never closed
        return max([line for line, _, _ in _statements(text)], default=1)
    lines = text.split("\n")
    return 1 + bisect_left(range(1, len(lines)), True, key=lambda n: _breaks("\n".join(lines[:n]), type(error)))


def _breaks(text: str, kind: type[Exception]) -> bool:
    """Whether tomllib gives up on the text in this way: a number too long, values nested too deeply."""
    try:
        tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return type(error) is kind
    return False


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Each header and each key with its value: its first line, its text, and what it alone says.

    Last, without text, what is never complete.
    """
    held: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        held.append(line)
        if len(held) > 1 and not any(mark in line for mark in _CLOSING):
            continue  # inside a value of many lines; trying each of them would take quadratic time
        statement = "\n".join(held) + "\n"
        try:
            parsed = tomllib.loads(statement)
        except (ValueError, RecursionError):
            continue
        if parsed:
            yield number - len(held) + 1, statement, parsed
        held = []
    if held:
        yield number - len(held) + 1, "", {}  # never complete


def _table(parsed: dict[str, Any], newest: dict[Path, int]) -> Path:
    """The path that a header opens."""
    path: Path = ()
    inner: Any = parsed
    while inner:
        key, inner = next(iter(inner.items()))
        path += (key,)
        if isinstance(inner, list):
            newest[path] = newest.get(path, -1) + 1
            inner = inner[0]
        if path in newest:
            path += (newest[path],)
    return path


def _entries(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The path of everything inside a value, outermost first, and the value there."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*path, key), inner
        yield from _entries(inner, (*path, key))


def _offset(statement: str, value: Any) -> int:
    """How many lines into its statement an entry of a long list stands; 0 where it cannot be told."""
    if not isinstance(value, str) or not value or statement.count("\n") == 1:
        return 0
    return statement[: max(statement.find(value), 0)].count("\n")
