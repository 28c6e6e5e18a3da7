"""What is wrong with a text that is not TOML, and on which line, in plain words. Pure."""

import tomllib

from engine.policy.lines import line_of_error

_MOST_SHOWN = 60
_TWICE = "this is said above already: keep one of the two"
_PLAIN = {
    "Invalid value": 'the value is missing or without quotes: text and times need quotes, such as "approve"',
    "Illegal character '\\n'": "a quotation mark that opens here is not closed on this line",
    "Expected ']'": "the bracket is not closed: write [modes]",
    "Expected ']]'": "the two brackets are not closed: write [[rule]]",
    "Expected '='": 'write a key, an equals sign and a value, such as backup = "approve"',
    "Expected newline": 'one key on a line is expected, text and times in quotes, such as from = "22:00"',
    "Invalid initial character": "a key is expected; what opens with { closes with } on the same line",
    "Invalid statement": "a key or a table such as [modes] is expected; a comment begins with #",
    "Unclosed inline table": "a comma or a closing } is expected",
    "Unclosed array": 'a comma or a closing ] is expected; text needs quotes, such as "Sat"',
    "Unescaped": "a backslash must be written twice, or the text put in single quotes",
    "Cannot overwrite": _TWICE,
    "Cannot declare": _TWICE,
    "Duplicate inline table key": _TWICE,
    "Cannot mutate": _TWICE,
    "Cannot redefine": _TWICE,
}
"""By how tomllib begins."""


def told_of_syntax(text: str, error: Exception) -> tuple[int, str]:
    """The line where the text stops to be TOML, and what to write there."""
    line = line_of_error(text, error)
    if isinstance(error, RecursionError):
        return line, "not readable: values are nested too deeply; a policy needs no such depth"
    if not isinstance(error, tomllib.TOMLDecodeError):
        return line, "not readable: a number is too long"
    return line, f"not valid TOML: {_plain(str(error))}{_shown(text, line)}"


def _plain(theirs: str) -> str:
    if theirs.endswith("(at end of document)"):
        return "a bracket or a quotation mark that opens here is never closed, or the value is missing"
    words = [ours for begins, ours in _PLAIN.items() if theirs.startswith(begins)]
    return words[-1] if words else theirs


def _shown(text: str, line: int) -> str:
    said = " ".join(text.split("\n")[line - 1].split())
    return f"; the line says: {said if len(said) <= _MOST_SHOWN else said[:_MOST_SHOWN] + '…'}" if said else ""
