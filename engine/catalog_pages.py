"""What the catalog says of a code, whole: its causes with what they read, its fixes with what they write, its guide. Pure."""

from collections.abc import Iterator
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from engine.catalog import CATALOG, Runbook
from engine.catalog_facts import facts_asked
from engine.catalog_undo import undone
from engine.causes.contract import CAUSES
from remediations.contract import REMEDIATIONS

NEAR = 3
"""So many codes are named where one is not found."""
_LONGEST = 80  # longer words are like no code, and comparing them takes time


def catalog() -> dict[str, Any]:
    """Every code in short, every cause, every fix."""
    return {
        "runbooks": [short(runbook) for runbook in CATALOG.runbooks],
        "causes": [cause_page(name) for name in CAUSES],
        "fixes": [fix_page(name) for name in REMEDIATIONS],
    }


def short(runbook: Runbook) -> dict[str, Any]:
    """One code without what its causes and fixes are."""
    return {
        "code": runbook.code,
        "aliases": list(runbook.aliases),
        "title": runbook.title,
        "source": runbook.source,
        "causes": list(runbook.causes),
        "guide": runbook.guide,
    }


def page(runbook: Runbook) -> dict[str, Any]:
    """One code whole; `inner`: which words of compute's lead where, `told_inside`: those that lead here."""
    return {
        **short(runbook),
        "causes": [cause_page(name) for name in runbook.causes],
        "fixes": [fix_page(name) for name in fixes_of(runbook)],
        "inner": dict(CATALOG.inner) if runbook.inner else {},
        "told_inside": [words for words, code in CATALOG.inner if CATALOG.find(code) is runbook],
    }


def find_page(code: str) -> dict[str, Any] | None:
    """The page of a code, an older name or a number, in whatever case it is written."""
    runbook = CATALOG.find(code.strip())
    return page(runbook) if runbook else None


def near(code: str) -> list[str]:
    """The known codes, older names and numbers that may have been meant, the nearest first."""
    known = {name.casefold(): name for r in CATALOG.runbooks for name in (r.code, *r.aliases)}
    return [known[name] for name in get_close_matches(code.strip().casefold()[:_LONGEST], known, NEAR)]


def fixes_of(runbook: Runbook) -> tuple[str, ...]:
    """Every fix that a cause of the code may lead to, in the order in which they are met."""
    return tuple(dict.fromkeys(step.fix for name in runbook.causes for step in CAUSES[name].steps))


def codes_of(cause: str) -> Iterator[str]:
    """The codes under which the cause is examined."""
    yield from (runbook.code for runbook in CATALOG.runbooks if cause in runbook.causes)


def cause_page(name: str) -> dict[str, Any]:
    """A cause: what it means, what it asks and reads, and its fixes in order; without any where only a person can help."""
    cause = CAUSES[name]
    return {
        "name": name,
        "meaning": cause.meaning,
        "facts": list(facts_asked(name)),
        "permissions": list(cause.permissions),
        "fixes": [{"fix": step.fix, "params": step.params} for step in cause.steps],
    }


def fix_page(name: str) -> dict[str, Any]:
    """A fix: its effect, its risk, the actions that it needs, and who takes back what it writes."""
    fix = REMEDIATIONS[name]
    return {
        "name": name,
        "effect": fix.effect,
        "risk": str(fix.risk),
        "permissions": list(fix.permissions),
        "undo": [asdict(one) for one in undone(fix)],
    }
