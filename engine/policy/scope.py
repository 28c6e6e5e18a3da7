"""Where something of the policy holds: which cases a rule or a window is about. Pure; what is not known fits perhaps."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Protocol

from gateway.arm import ids

Fit = bool | None
"""None: cannot be told, because something about the place could not be read."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case works. `machine_id` is "" where it is not known; `tags`, the machine's, None where not readable."""

    item_id: str
    machine_id: str
    tags: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Patterns with `*` and `?`, without regard to case; a place fits where every one of them fits."""

    subscription: str = "*"
    group: str = "*"
    vault: str = "*"
    machine: str = "*"
    tag: str = ""

    def fits(self, place: Place) -> Fit:
        """Whether the place lies in this scope."""
        machine = ids.segment(place.machine_id, "virtualMachines")
        groups = (ids.group(place.item_id), ids.group(place.machine_id))
        found = (
            _fits(self.subscription, [ids.subscription(place.item_id)]),
            _fits(self.group, groups),
            _fits(self.vault, [ids.segment(place.item_id, "vaults")]),
            _fits(self.machine, [machine]),
            _fits_tag(self.tag, place.tags),
        )
        if False in found:
            return False
        return None if None in found else True

    def contains(self, other: "Scope") -> bool:
        """Whether whatever fits the other surely fits this one; False where it cannot be told from the patterns."""
        names = (
            (self.subscription, other.subscription),
            (self.group, other.group),
            (self.vault, other.vault),
            (self.machine, other.machine),
        )
        return all(_holds(mine, theirs) for mine, theirs in names) and _holds_tag(self.tag, other.tag)


class Scoped(Protocol):
    """What holds in a scope only."""

    @property
    def scope(self) -> Scope: ...


EVERYWHERE = Scope()


def reached[S: Scoped](held: Iterable[S], place: Place) -> Iterator[S | None]:
    """All that may turn out to be the first that fits, in order; None at the end where it may be that none does."""
    for one in held:
        fit = one.scope.fits(place)
        if fit is not False:
            yield one
        if fit:
            return
    yield None


def surely_and_perhaps[S: Scoped](held: Iterable[S], place: Place) -> tuple[list[S], list[S]]:
    """Those that fit, and those of which it cannot be told."""
    fits = [(one, one.scope.fits(place)) for one in held]
    return [one for one, fit in fits if fit], [one for one, fit in fits if fit is None]


def covers(scope_id: str, place: Place) -> bool:
    """Whether the subscription, group, vault, machine or protected item of this id holds the place."""
    if ids.within(place.item_id, scope_id) or (place.machine_id and ids.within(place.machine_id, scope_id)):
        return True
    try:  # one item's name is written in two ways
        return ids.ItemId.parse(scope_id).key == ids.ItemId.parse(place.item_id).key
    except ValueError:
        return False


def _fits(pattern: str, names: Iterable[str]) -> Fit:
    known = list(names)
    if pattern == "*" or any(_matches(pattern, name) for name in known if name):
        return True
    return False if all(known) else None


def _fits_tag(tag: str, tags: Mapping[str, str] | None) -> Fit:
    if not tag or tags is None:
        return None if tag else True
    name, _, value = tag.partition("=")
    return any(_matches(name, n) and _matches(value, v) for n, v in tags.items())


def _holds(pattern: str, inner: str) -> bool:
    """Whether whatever matches the inner pattern surely matches this one."""
    if pattern == "*" or inner == "*":  # which alone fits a name that is not known
        return pattern == "*"
    # the inner pattern's own wildcards are read as letters: `*` takes them all, `?` no `*`, which may be many letters
    parts = ({"*": ".*", "?": "[^*]"}.get(letter) or re.escape(letter) for letter in pattern.casefold())
    return re.fullmatch("".join(parts), inner.casefold(), re.DOTALL) is not None


def _holds_tag(tag: str, inner: str) -> bool:
    (name, _, value), (inner_name, _, inner_value) = tag.partition("="), inner.partition("=")
    return not tag or (bool(inner) and _holds(name, inner_name) and _holds(value, inner_value))


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).match(text.casefold()) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.casefold().replace("[", "[[]")))  # brackets are no wildcard here
