"""What a piece of Python says with constants alone: names, f-strings over them, and lists made of them."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path


class Unclear(ValueError):
    """An expression whose texts cannot be told without running it."""


def parsed(file: Path) -> ast.Module:
    """The tree of a file; each file is read once."""
    return _parsed(file.resolve())


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def constants(within: ast.AST, known: Mapping[str, list[str]] | None = None) -> dict[str, list[str]]:
    """Names bound to texts, or lists of texts, in the statements of a module or a function; `known` are those around it."""
    found = dict(known or {})
    for statement in getattr(within, "body", []):
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                try:
                    found[name] = texts(value, found) if value is not None else []
                except Unclear:
                    continue
    return found


def texts(node: ast.AST, known: Mapping[str, list[str]]) -> list[str]:
    """The texts that an expression may come to. Raises Unclear."""
    match node:
        case ast.Constant(value=str(value)):
            return [value]
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.Attribute(value=ast.Name(id=module), attr=name) if f"{module}.{name}" in known:
            return known[f"{module}.{name}"]
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return [one for element in elements for one in texts(element, known)]
        case ast.JoinedStr(values=pieces):
            return _joined(pieces, known)
        case ast.ListComp(elt=element, generators=[ast.comprehension(target=ast.Name(id=name), iter=over, ifs=[])]):
            return [one for value in texts(over, known) for one in texts(element, {**known, name: [value]})]
    raise Unclear(ast.unparse(node))


def _joined(pieces: list[ast.expr], known: Mapping[str, list[str]]) -> list[str]:
    made = [""]
    for piece in pieces:
        value = piece.value if isinstance(piece, ast.FormattedValue) else piece
        made = [start + end for start in made for end in texts(value, known)]
    return made
