"""What the jobs of the declared worlds tell: which codes, and which of compute's own words inside them.

A world counts for a code where it announces one of its spellings, where a failed job bears one, or where the words inside
such a job lead there. How its cases end is asked of every world by tests/engine/test_worlds.py.
"""

from collections.abc import Iterator
from functools import cache

from engine.catalog import CATALOG
from sandbox.build import build
from sandbox.model import Problem
from sandbox.state import State
from sandbox.world_files import declared, names


@cache
def told() -> dict[str, frozenset[str]]:
    """Every code that is announced or told, casefolded, with the worlds that do."""
    found: dict[str, set[str]] = {}
    for world in names():
        for code in _codes(world):
            found.setdefault(code.casefold(), set()).add(world)
    return {code: frozenset(worlds) for code, worlds in found.items()}


@cache
def inner_texts() -> tuple[str, ...]:
    """What failed jobs say whose own code only means that there is an error inside."""
    return tuple(p.text for world in names() for p in problems(world) if _leads_on(p))


@cache
def problems(world: str) -> tuple[Problem, ...]:
    """The errors of the failed jobs with which the world starts."""
    state = State(None)
    build(state, *declared(world))
    return tuple(job.problem for job in state.jobs if job.problem)


def _codes(world: str) -> Iterator[str]:
    yield from (machine.get("failure", {}).get("code", "") for machine in declared(world)[1]["machine"])
    for problem in problems(world):
        yield problem.title or ""
        yield CATALOG.inner_code([problem.text]) if _leads_on(problem) else ""


def _leads_on(problem: Problem) -> bool:
    runbook = CATALOG.find(problem.title or "")
    return runbook is not None and runbook.inner
