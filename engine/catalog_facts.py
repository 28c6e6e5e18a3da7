"""Which facts a cause asks for, read from its code: a list that is kept by hand would go stale."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from engine.causes.contract import CAUSES
from remediations.facts import Facts

_KNOWN = frozenset(name for name, of in inspect.getmembers(Facts, callable) if not name.startswith("_")) - {"known"}


@cache
def facts_asked(cause: str) -> tuple[str, ...]:
    """The names of the facts, in the order of the code, with those of functions that the cause hands its evidence to."""
    return tuple(dict.fromkeys(_asked(CAUSES[cause].examine, set())))


def _asked(function: Callable[..., Any] | None, seen: set[Callable[..., Any]]) -> Iterator[str]:
    evidence = _evidence_of(function)
    if function is None or not evidence or function in seen:
        return
    seen.add(function)
    for node in _in_order(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == evidence:
            yield from (name for name in (node.attr,) if name in _KNOWN)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and _handed(node, evidence):
            yield from _asked(getattr(function, "__globals__", {}).get(node.func.id), seen)


def _evidence_of(function: Any) -> str:
    """The name of the function's parameter that is the evidence, "" where it has none."""
    given = inspect.signature(function).parameters.values() if inspect.isfunction(function) else ()
    return next((one.name for one in given if one.annotation in (Facts, "Facts")), "")


def _handed(call: ast.Call, evidence: str) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(one, ast.Name) and one.id == evidence for one in given)


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes as they are written; `ast.walk` goes level by level."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _in_order(child)
