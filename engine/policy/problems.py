"""What is wrong with a policy file, in the owner's words: what pydantic found, as key, value and what to write."""

import json
import re
from typing import Any

from pydantic_core import ErrorDetails

from engine.policy.lines import Path
from engine.policy.model import TABLES, PolicyTable
from engine.policy.nearest import did_you_mean

Problem = tuple[Path, str]
"""Where in the file, and what to say of it."""

_QUOTED = re.compile("'([^']*)'")
_MOST_SHOWN = 60
_WORDS = {
    "model_type": "must be a table: its name in brackets on a line of its own, its keys below",
    "dict_type": 'must be a table, such as {{ backup = "approve" }}',
    "list_type": "must be a list in brackets",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number without quotes",
    "too_short": "must not be empty",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
}
"""What is said of each kind of finding; in braces what pydantic knows of it."""


def told_by(error: ErrorDetails, raw: dict[str, Any]) -> Problem:
    """One finding of the validation of `raw`."""
    path: Path = tuple(part for part in error["loc"] if part != "[key]")
    table, key = _table_and_key(path, raw)
    if error["type"] == "extra_forbidden":
        return path, f"{table}{key} is no key here{_suggestion(path)}"
    if error["type"] == "missing":
        return path, f"{table}{key} is missing: add it"
    shown = "" if "[key]" in error["loc"] else _shown(error["input"])
    said = f"{key}{shown}: " if key else ""
    return path, f"{table}{said}{_words(error, path)}"


def _words(error: ErrorDetails, path: Path) -> str:
    kind, value = error["type"], error["input"]
    if kind == "list_type" and len(path) == 1:
        return f"must be written [[{path[0]}]], in two brackets, once for each"
    if kind == "list_type" and isinstance(value, str):
        return f"must be a list: write [{json.dumps(value[:_MOST_SHOWN], ensure_ascii=False)}]"
    if kind not in _WORDS:
        return error["msg"].removeprefix("Value error, ")
    context = error.get("ctx", {})
    near = did_you_mean(value, _QUOTED.findall(context.get("expected", ""))) if isinstance(value, str) else ""
    return f"{_WORDS[kind].format_map(context)}{near}"


def _table_and_key(path: Path, raw: dict[str, Any]) -> tuple[str, str]:
    """The entry of an array of tables as its owner calls it, "" elsewhere, and the key below it."""
    if len(path) < 2 or not isinstance(path[1], int):
        return "", _dotted(path)
    table = raw[str(path[0])][path[1]]
    name = table.get("name") if isinstance(table, dict) else None
    which = json.dumps(name, ensure_ascii=False) if isinstance(name, str) else str(path[1] + 1)
    return f"{path[0]} {which}: ", _dotted(path[2:])


def _dotted(path: Path) -> str:
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{_bare(part)}" for part in path]
    return "".join(parts).removeprefix(".")[:200]


def _bare(key: str) -> str:
    return key if key.replace("_", "").replace("-", "").isalnum() else json.dumps(key, ensure_ascii=False)


def _shown(value: object) -> str:
    """` = value` as the file has it, "" for what is no single value."""
    if not isinstance(value, str | bool | float) and not (isinstance(value, int) and abs(value) < 10**18):
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return f" = {text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + '…'}"


def _suggestion(path: Path) -> str:
    model = TABLES[str(path[0])] if len(path) > 1 else PolicyTable
    known = [field.alias or name for name, field in model.model_fields.items()]
    return did_you_mean(str(path[-1]), known) or f"; keys are {', '.join(known)}"
