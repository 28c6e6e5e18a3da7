"""The known name that a person may have meant. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80  # longer words are like no name, and comparing them takes time


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean x?`, "" where nothing known is near; of a path such as Europe/Berlin its last part may be given."""
    forms: dict[str, str] = {}
    for name in known:
        forms[name.casefold()] = name
        forms.setdefault(name.casefold().rpartition("/")[2], name)
    near = get_close_matches(word.casefold()[:_LONGEST], forms, 1, 0.7)
    return f"; did you mean {forms[near[0]]}?" if near else ""
