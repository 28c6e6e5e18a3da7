"""Splits a query into tokens and reports in Resource Graph's words what it cannot read."""

import re
from dataclasses import dataclass


class BadQuery(Exception):
    """A query that this subset does not hold; carries where and at which token it stopped."""

    def __init__(self, at: int, token: str, why: str) -> None:
        super().__init__(why)
        self.at, self.token, self.why = at, token, why


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # word, text, number, span, sign, end
    text: str
    at: int


_PATTERN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*)
      | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<span>\d+(?:\.\d+)?(?:ms|d|h|m|s)\b)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<sign>!contains|!startswith|!endswith|!has|!in~|!in\b|in~|==|!=|=~|!~|<=|>=|[<>=|,().\[\]:-])
      | (?P<word>[A-Za-z_]\w*)""",
    re.VERBOSE | re.IGNORECASE,
)


def tokens(query: str) -> list[Token]:
    found, at = [], 0
    while at < len(query):
        match = _PATTERN.match(query, at)
        if match is None:
            raise BadQuery(at, query[at], "unknown character")
        if match.lastgroup != "skip":
            found.append(Token(str(match.lastgroup), match.group(), at))
        at = match.end()
    return [*found, Token("end", "<EOF>", len(query))]


def unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
