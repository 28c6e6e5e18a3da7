"""Parses one expression into a function from a row (and the time of the query) to a value."""

import operator
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.graph.tokens import BadQuery, Token, unquote

Row = dict[str, Any]
Value = Any
Expression = Callable[[Row, datetime], Value]
_SPANS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


class Reader:
    """Walks over the tokens."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens, self._next = found, 0

    @property
    def here(self) -> Token:
        return self._tokens[self._next]

    @property
    def position(self) -> int:
        return self._next

    def text_since(self, position: int) -> str:
        return "".join(token.text for token in self._tokens[position : self._next])

    def take(self) -> Token:
        token = self.here
        self._next += token.kind != "end"
        return token

    def accept(self, *texts: str) -> Token | None:
        """The next token if it is one of these, whatever its case; text literals never are."""
        if self.here.kind != "text" and self.here.text.lower() in texts:
            return self.take()
        return None

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.fail(f"expected {text}")

    def fail(self, why: str) -> Any:
        raise BadQuery(self.here.at, self.here.text, why)


def expression(reader: Reader) -> Expression:
    return _either(reader)


def _either(reader: Reader) -> Expression:
    left = _both(reader)
    while reader.accept("or"):
        left = _logic(left, _both(reader), any)
    return left


def _both(reader: Reader) -> Expression:
    left = _comparison(reader)
    while reader.accept("and"):
        left = _logic(left, _comparison(reader), all)
    return left


def _logic(left: Expression, right: Expression, join: Callable[[list[bool]], bool]) -> Expression:
    return lambda row, now: join([bool(left(row, now)), bool(right(row, now))])


def _comparison(reader: Reader) -> Expression:
    left = _primary(reader)
    sign = reader.accept(*_TESTS, *_SETS)
    if sign is None:
        return left
    name = sign.text.lower()
    if name in _SETS:
        return _membership(left, _list(reader), name)
    right, test = _primary(reader), _TESTS[name]
    return lambda row, now: test(left(row, now), right(row, now))


def _list(reader: Reader) -> list[Expression]:
    reader.expect("(")
    values = [_primary(reader)]
    while reader.accept(","):
        values.append(_primary(reader))
    reader.expect(")")
    return values


def _membership(left: Expression, values: list[Expression], name: str) -> Expression:
    fold = name.endswith("~")
    wanted = not name.startswith("!")

    def test(row: Row, now: datetime) -> bool:
        key = _fold(left(row, now), fold)
        return (key in [_fold(value(row, now), fold) for value in values]) is wanted

    return test


def _fold(value: Value, fold: bool) -> Value:
    return value.lower() if fold and isinstance(value, str) else value


def _primary(reader: Reader) -> Expression:
    token = reader.take()
    if token.kind == "text":
        return _constant(unquote(token.text))
    if token.kind == "number":
        return _constant(float(token.text) if "." in token.text else int(token.text))
    if token.kind == "span":
        return _constant(_span(token.text))
    if token.text == "(":
        inner = expression(reader)
        reader.expect(")")
        return inner
    if token.kind != "word":
        raise BadQuery(token.at, token.text, "unexpected token")
    if reader.accept("("):
        return _function(reader, token)
    if token.text.lower() in ("true", "false"):
        return _constant(token.text.lower() == "true")
    return _path(reader, token)


def _constant(value: Value) -> Expression:
    return lambda row, now: value


def _span(text: str) -> timedelta:
    unit = text.lstrip("0123456789.")
    return timedelta(seconds=float(text[: -len(unit)]) * _SPANS[unit.lower()])


def _path(reader: Reader, first: Token) -> Expression:
    """A column and the way into it: properties.a.b or properties['a']."""
    steps: list[str] = []
    while mark := reader.accept(".", "["):
        token = reader.take()
        if mark.text == ".":
            steps.append(token.text if token.kind == "word" else reader.fail("expected a name"))
        else:
            steps.append(unquote(token.text) if token.kind == "text" else reader.fail("expected a text"))
            reader.expect("]")

    def look(row: Row, now: datetime) -> Value:
        if first.text not in row:
            raise BadQuery(first.at, first.text, f"Failed to resolve scalar expression named '{first.text}'")
        value = row[first.text]
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    return look


def _function(reader: Reader, name: Token) -> Expression:
    known = name.text.lower()
    if known == "datetime":
        return _constant(_instant_literal(reader))
    if known == "now":
        reader.expect(")")
        return lambda row, now: now
    inner = expression(reader)
    reader.expect(")")
    if known == "ago":
        return lambda row, now: now - inner(row, now)
    if known not in _FUNCTIONS:
        raise BadQuery(name.at, name.text, f"the sandbox knows no function {name.text}")
    apply = _FUNCTIONS[known]
    return lambda row, now: apply(inner(row, now))


def _instant_literal(reader: Reader) -> datetime:
    """datetime(2026-03-02) or datetime(2026-03-02T02:00:00Z), quoted or not."""
    start, text = reader.here, ""
    while not reader.accept(")"):
        token = reader.take()
        if token.kind == "end":
            reader.fail("expected )")
        text += unquote(token.text) if token.kind == "text" else token.text
    found = _instant(text)
    return found if found else reader.fail(f"'{start.text}' is no instant")


def _instant(value: Value) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _text(value: Value) -> str:
    return "" if value is None else str(value)


def _empty(value: Value) -> bool:
    return _text(value) == ""


_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "not": operator.not_,
    "tostring": _text,
    "tolower": lambda value: _text(value).lower(),
    "todatetime": _instant,
    "isempty": _empty,
    "isnotempty": lambda value: not _empty(value),
    "isnull": lambda value: value is None,
    "isnotnull": lambda value: value is not None,
}


def _order(compare: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    """Values of unlike kinds cannot be compared (use todatetime); a missing one is never less nor greater."""

    def test(left: Value, right: Value) -> bool:
        if left is None or right is None:
            return False
        if isinstance(left, str) != isinstance(right, str) or isinstance(left, datetime) != isinstance(right, datetime):
            raise BadQuery(0, "", "Cannot compare values of unlike types")
        return compare(left, right)

    return test


def _folded(compare: Callable[[str, str], bool], wanted: bool = True) -> Callable[[Value, Value], bool]:
    return lambda left, right: compare(_text(left).lower(), _text(right).lower()) is wanted


def _contains(left: str, right: str) -> bool:
    return right in left


_TESTS: dict[str, Callable[[Value, Value], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "=~": _folded(operator.eq),
    "!~": _folded(operator.eq, False),
    "<": _order(operator.lt),
    ">": _order(operator.gt),
    "<=": _order(operator.le),
    ">=": _order(operator.ge),
    "contains": _folded(_contains),
    "!contains": _folded(_contains, False),
    "startswith": _folded(str.startswith),
    "!startswith": _folded(str.startswith, False),
    "endswith": _folded(str.endswith),
    "!endswith": _folded(str.endswith, False),
}
_SETS = ("in", "in~", "!in", "!in~")
