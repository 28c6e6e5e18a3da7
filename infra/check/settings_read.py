"""Which settings the code reads, told from the code itself.

A setting is read where `os.environ` is asked for a name, there or in a function that it is handed to; where such a function
hands it on; and where a binding names one as `%NAME%`, or a connection. A name that cannot be told is an error: what is
read must be seen here.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.check.constants import Unclear, constants, parsed, texts

SHIPPED = ("function_app.py", "functions", "engine", "remediations", "gateway")
BINDING = re.compile(r"%([A-Za-z_]\w*)%")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Read:
    """The names that are read; `connections` are those of bindings, which the host may find in several forms."""

    names: frozenset[str]
    connections: frozenset[str]
    unclear: tuple[str, ...]


@dataclass(slots=True)
class _Module:
    """`asks` is False where the environment is not spoken of at all."""

    shown: str
    asks: bool
    tree: ast.Module
    constants: Mapping[str, list[str]]
    functions: dict[str, Function] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Follows the settings from function to function."""

    modules: list[_Module]
    names: set[str] = field(default_factory=set)
    unclear: list[str] = field(default_factory=list)
    seen: set[tuple[str, str, str]] = field(default_factory=set)

    def everything(self) -> None:
        for module in (one for one in self.modules if one.asks):
            self.follow(module, module.tree, "")
            for function in module.functions.values():
                for parameter in _given_environment(function):
                    self.enter(module, function, parameter)

    def enter(self, module: _Module, function: Function, parameter: str) -> None:
        if (sign := (module.shown, function.name, parameter)) not in self.seen:
            self.seen.add(sign)
            self.follow(module, function, parameter)

    def follow(self, module: _Module, within: ast.AST, mapping: str) -> None:
        """Everything that is read from `mapping`, or from os.environ where that is "", within a piece of code."""
        askers = _askers(within, mapping)
        for node in ast.walk(within):
            if isinstance(node, ast.Subscript) and _is(node.value, mapping):
                self.note(module, within, node.slice)
            elif not isinstance(node, ast.Call):
                continue
            elif _asks(node, mapping) or (isinstance(node.func, ast.Name) and node.func.id in askers):
                if not _is_name_of(node.args[0], askers):
                    self.note(module, within, node.args[0])
            elif isinstance(node.func, ast.Name) and node.func.id == "map" and _is_get(node.args[0], mapping):
                self.note(module, within, node.args[1])
            else:
                self.hand_over(module, node, mapping)

    def note(self, module: _Module, within: ast.AST, name: ast.expr) -> None:
        try:
            self.names.update(texts(name, constants(within, module.constants)))
        except Unclear as e:
            self.unclear.append(f"{module.shown}:{name.lineno}: which setting is read here? {e}")

    def hand_over(self, module: _Module, call: ast.Call, mapping: str) -> None:
        """Go on in the function that the mapping is given to, wherever it is defined."""
        given: list[tuple[int | str, ast.expr]] = [
            *enumerate(call.args),
            *((k.arg or "", k.value) for k in call.keywords),
        ]
        for place, argument in given:
            if not _is(argument, mapping):
                continue
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            places = sorted((one for one in self.modules if name in one.functions), key=lambda one: one is not module)
            if not places:
                self.unclear.append(f"{module.shown}:{call.lineno}: the settings are handed to something unknown")
                return
            function = places[0].functions[name]
            parameter = place if isinstance(place, str) else function.args.args[place].arg
            self.enter(places[0], function, parameter)


def read_settings_of(root: Path) -> Read:
    """What the shipped code below a project's root reads."""
    modules = [_module(file, root) for file in _files(root)]
    reader = _Reader(modules)
    reader.everything()
    names, connections = set(reader.names), set[str]()
    for module in modules:
        if module.shown.startswith("functions"):
            names |= {found[1] for text in _strings(module.tree) for found in BINDING.finditer(text)}
            connections |= set(_connections(module, reader.unclear, modules))
    host = root / "host.json"
    names |= set(BINDING.findall(host.read_text("utf-8"))) if host.exists() else set()
    return Read(frozenset(names), frozenset(connections), tuple(reader.unclear))


def _files(root: Path) -> Iterator[Path]:
    for one in SHIPPED:
        yield from sorted((root / one).rglob("*.py")) if (root / one).is_dir() else [root / one]


def _module(file: Path, root: Path) -> _Module:
    tree = parsed(file)
    functions = {one.name: one for one in tree.body if isinstance(one, Function)}
    asks = any(word in file.read_text("utf-8") for word in ("environ", "getenv"))
    return _Module(str(file.relative_to(root)), asks, tree, constants(tree), functions)


def _strings(tree: ast.AST) -> Iterator[str]:
    return (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _connections(module: _Module, unclear: list[str], modules: Iterable[_Module]) -> Iterator[str]:
    """The connections of triggers and outputs, by the keyword of that name."""
    for node in ast.walk(module.tree):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg == "connection":
                try:
                    yield from texts(keyword.value, _visible(module, modules))
                except Unclear as e:
                    unclear.append(f"{module.shown}:{keyword.value.lineno}: which connection is meant? {e}")


def _visible(module: _Module, modules: Iterable[_Module]) -> dict[str, list[str]]:
    """A module's constants, and those of others as `module.NAME`."""
    known = dict(module.constants)
    for other in modules:
        known |= {f"{Path(other.shown).stem}.{name}": value for name, value in other.constants.items()}
    return known


def _is(node: ast.AST, mapping: str) -> bool:
    """Whether the node is the mapping; "" means os.environ."""
    if mapping:
        return isinstance(node, ast.Name) and node.id == mapping
    return "environ" in (getattr(node, "attr", ""), getattr(node, "id", ""))


def _is_get(node: ast.AST, mapping: str) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "get" and _is(node.value, mapping)


def _asks(call: ast.Call, mapping: str) -> bool:
    """`mapping.get(...)`, and `os.getenv(...)` for the environment itself."""
    getenv = isinstance(call.func, ast.Attribute) and call.func.attr == "getenv" and not mapping
    return bool(call.args) and (getenv or _is_get(call.func, mapping))


def _askers(within: ast.AST, mapping: str) -> dict[str, str]:
    """Functions inside that ask the mapping for their first parameter, with that parameter: `number("X", ...)`."""
    found: dict[str, str] = {}
    for function in (
        one for one in ast.walk(within) if isinstance(one, Function) and one is not within and one.args.args
    ):
        first = function.args.args[0].arg
        calls = [one for one in ast.walk(function) if isinstance(one, ast.Call) and _asks(one, mapping)]
        if any(isinstance(one.args[0], ast.Name) and one.args[0].id == first for one in calls):
            found[function.name] = first
    return found


def _is_name_of(node: ast.expr, askers: Mapping[str, str]) -> bool:
    return isinstance(node, ast.Name) and node.id in askers.values()


def _given_environment(function: Function) -> Iterator[str]:
    """Parameters that are os.environ by default."""
    arguments = function.args.args
    for argument, default in zip(arguments[::-1], function.args.defaults[::-1], strict=False):
        if _is(default, ""):
            yield argument.arg
