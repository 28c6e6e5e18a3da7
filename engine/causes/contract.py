"""What a cause is: given the facts it answers confirmed, ruled out or unknown, with the reason.

Causes read and never change. A fact that cannot be read raises; the runner turns that into `unknown`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from remediations.facts import Facts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a cause says. `instructions`: what a person would do about it, with the machine's own values.

    `shared`: the one thing that makes many machines fail alike, such as a group's id or an extension's build; "" where the
    fault is the machine's own. `staged`: its fix is proven on one machine before the others; else one case takes the
    first step for all, and the others follow at once.
    """

    says: str
    reason: str
    instructions: str = ""
    affects: tuple[str, ...] = ()
    shared: str = ""
    staged: bool = True


def confirmed(
    reason: str, *, instructions: str = "", affects: tuple[str, ...] = (), shared: str = "", staged: bool = True
) -> Verdict:
    return Verdict("confirmed", reason, instructions, affects, shared, staged)


def ruled_out(reason: str) -> Verdict:
    return Verdict("ruled out", reason)


def unknown(reason: str) -> Verdict:
    return Verdict("unknown", reason)


@dataclass(frozen=True, slots=True)
class Step:
    """One remediation of a runbook with its parameters."""

    fix: str
    params: dict[str, Any] = field(default_factory=dict)


def step(fix: str, **params: Any) -> Step:
    return Step(fix, params)


Examine = Callable[[Facts], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class Cause:
    """A named root cause and the steps that remove it; no steps where only a person can.

    `permissions`: Azure's names of the actions that its facts are read with. `by_exclusion`: it is confirmed where nothing else
    is found; where its steps do not help, the causes that follow it in the runbook are examined.
    """

    name: str
    meaning: str
    steps: tuple[Step, ...]
    permissions: tuple[str, ...]
    examine: Examine
    by_exclusion: bool = False


CAUSES: dict[str, Cause] = {}


def cause(*, fixes: list[Step], permissions: list[str], by_exclusion: bool = False) -> Callable[[Examine], Examine]:
    """Registers a cause under its function's name, which must be its module's name too; raises at import otherwise."""

    def register(examine: Examine) -> Examine:
        name = getattr(examine, "__name__", "")
        module = str(examine.__module__).rpartition(".")[2]
        if name != module or name in CAUSES:
            raise TypeError(f"engine/causes/{module}.py: a cause bears its module's name, once; found {name!r}")
        meaning = (examine.__doc__ or "").strip().split("\n")[0]
        CAUSES[name] = Cause(name, meaning, tuple(fixes), tuple(dict.fromkeys(permissions)), examine, by_exclusion)
        return examine

    return register
