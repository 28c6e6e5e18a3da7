"""What the deployment believes of the code: the events and functions that alerts look for, the queues, the alert's door."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.check import nodes
from infra.check.constants import constants, parsed
from infra.check.finding import Finding, error, note
from infra.check.settings_read import SHIPPED
from infra.check.source import Source
from infra.check.words import words

EVENT = re.compile(r"event=([a-z_]+\.[a-z_]+)")
FUNCTION = re.compile(r'\bName == "(\w+)"')
FIELDS = words("name title description severity query operator threshold every window once awaited")
REPEATED = words("heartbeat.silent heartbeat.unreadable callers.wrong_setting lease.overdue")
"""Events that are told again for as long as they hold (functions/timers.py); any other is told once.
A row that no look of its alert sees is then lost."""
SPAN = re.compile(r"PT(\d+)([HM])")
ARRIVED = re.compile(r"ingestion_time\(\) > ago\((\d+)m\)")


@dataclass(frozen=True, slots=True)
class Code:
    """What the shipped code tells and offers: names of log events, of functions, of queues."""

    events: frozenset[str]
    functions: frozenset[str]
    queues: frozenset[str]


def read_code(root: Path) -> Code:
    events, functions, queues = set[str](), set[str](), set[str]()
    for folder in SHIPPED[1:]:
        for file in sorted((root / folder).rglob("*.py")):
            tree = parsed(file)
            events |= _events_of(file.resolve())
            if folder == "functions":
                functions |= {one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
            if file == root / "functions" / "messages.py":
                known = constants(tree)
                queues |= {*known.get("QUEUE", []), *known.get("POISON", [])}
    return Code(frozenset(events), frozenset(functions), frozenset(queues))


@cache
def _events_of(file: Path) -> frozenset[str]:
    return frozenset(_events(parsed(file)))


def _events(tree: ast.AST) -> Iterator[str]:
    """Texts under the key "event", and those that a function named `tell...` or `..._event` is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (t for k, v in pairs if isinstance(k, ast.Constant) and k.value == "event" for t in _texts([v]))
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if "tell" in name or "event" in name:
                yield from _texts(node.args)


def _texts(values: Iterable[ast.AST]) -> Iterator[str]:
    return (one.value for one in values if isinstance(one, ast.Constant) and isinstance(one.value, str))


def alerts(file: Path, shown: Path, code: Code) -> Iterator[Finding]:
    """Alerts on the engine: an event that the code does not write must be marked as awaited, and no other."""
    for one in json.loads(file.read_text("utf-8")):
        if one.keys() != FIELDS:
            yield error(shown, 0, f"{one.get('name')}: has {sorted(one)}, needs {sorted(FIELDS)}")
            continue
        yield from _alert(shown, one, code)


def _alert(shown: Path, one: dict[str, Any], code: Code) -> Iterator[Finding]:
    absent = sorted(set(EVENT.findall(one["query"])) - code.events)
    for name in set(FUNCTION.findall(one["query"])) - code.functions:
        yield error(shown, 0, f"{one['name']}: there is no function {name}")
    if absent and not one["awaited"]:
        yield error(shown, 0, f"{one['name']}: the code writes no event {', '.join(absent)}")
    elif absent:
        yield note(shown, 0, f"{one['name']} is not deployed: the code does not write {', '.join(absent)} yet")
    elif one["awaited"]:
        yield error(shown, 0, f"{one['name']}: the code writes what it waits for, so set `awaited` to false")
    yield from _seen(shown, one)


def _seen(shown: Path, one: dict[str, Any]) -> Iterator[Finding]:
    """Whether each row is seen by a look of its alert, and what is told once by one look alone."""
    every, events = _minutes(one["every"]), set(EVENT.findall(one["query"]))
    once = one["operator"] == "GreaterThan" and not (events and events <= REPEATED)
    if one["once"] != once:
        yield error(
            shown, 0, f"{one['name']}: set `once` to {str(once).lower()}, see REPEATED in infra/check/watching.py"
        )
    if _minutes(one["window"]) < 2 * every:
        yield error(
            shown, 0, f"{one['name']}: a row that comes in late falls between two windows: make it {2 * every} m"
        )
    arrived = ARRIVED.search(one["query"])
    if once and (arrived is None or not every < int(arrived[1]) <= 2 * every):
        told = f"choose rows by ingestion_time() > ago(), a little more than {every}m"
        yield error(shown, 0, f"{one['name']}: each look tells of what was told once: {told}")


def _minutes(span: str) -> int:
    found = SPAN.fullmatch(span)
    return int(found[1]) * (60 if found[2] == "H" else 1) if found else 0


def queues(source: Source, code: Code) -> Iterator[Finding]:
    """The queues that storage.bicep makes are those that the functions use."""
    declared = source.named("var", "queueNames")
    made = {nodes.string_of(one) or "" for one in nodes.values(declared.value)} if declared else set()
    if made != code.queues:
        yield error(
            source.shown, declared.line if declared else 0, f"makes {sorted(made)}, used are {sorted(code.queues)}"
        )


def door(source: Source, code: Code) -> Iterator[Finding]:
    """The function that an action group calls is there."""
    declared = source.named("var", "alertFunction")
    name = nodes.string_of(declared.value) if declared else None
    if name not in code.functions:
        yield error(source.shown, declared.line if declared else 0, f"there is no function {name}")
