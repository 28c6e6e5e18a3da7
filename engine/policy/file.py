"""Reads policy.toml: from text to a policy, or to problems that each name line, key and fix. Pure."""

import tomllib
from typing import TYPE_CHECKING, Any

from engine.policy import Limits, Policy, Rule
from engine.policy.hours import Hours
from engine.policy.lines import Path, line_of, lines_of
from engine.policy.scope import Scope
from engine.policy.syntax import told_of_syntax
from remediations.contract import Risk

if TYPE_CHECKING:
    from engine.policy.model import HoursTable, PolicyTable, ScopedTable

MOST_PROBLEMS = 20


def read_policy(text: str, name: str = "policy.toml") -> Policy:
    """The policy in the text; what is wrong becomes problems that name the file, line, key and fix. Never raises."""
    text = text.encode("utf-8", "replace").decode().removeprefix("\ufeff")
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a plain ValueError
        return Policy(problems=_shown([told_of_syntax(text, error)], name))
    return _read(raw, text, name)


def _read(raw: dict[str, Any], text: str, name: str) -> Policy:
    from pydantic import ValidationError

    from engine.policy.model import PolicyTable
    from engine.policy.problems import told_by

    try:
        table = PolicyTable.model_validate(raw)
        problems = _repeated_names(raw)
    except ValidationError as error:
        told = [told_by(one, raw) for one in error.errors(include_url=False)]
        problems = list(dict(reversed(told)).items())  # of a wrong key, not also what is wrong with its value
    if not problems:
        return _policy(table)
    lines = lines_of(text)
    return Policy(problems=_shown(sorted((line_of(lines, path), words) for path, words in problems), name))


def _shown(told: list[tuple[int, str]], name: str) -> tuple[str, ...]:
    """At most as many problems as a person reads at once, in the file's order."""
    if len(told) > MOST_PROBLEMS:
        rest = told[MOST_PROBLEMS - 1 :]
        told = [
            *told[: MOST_PROBLEMS - 1],
            (rest[0][0], f"{len(rest)} more problems from here on; mend those above first"),
        ]
    return tuple(f"{name} line {line}: {words}" for line, words in told)


def _repeated_names(raw: dict[str, Any]) -> list[tuple[Path, str]]:
    """Rules, windows and blackouts are known by their names: approvals are counted by them."""
    problems: list[tuple[Path, str]] = []
    for key in ("rule", "window", "blackout"):
        seen: set[str] = set()
        for at, table in enumerate(raw.get(key, ())):
            named = table["name"].casefold()
            if named in seen:
                problems.append(
                    (
                        (key, at, "name"),
                        f'{key} {at + 1}: name = "{table["name"]}" is taken by another {key}: rename one',
                    )
                )
            seen.add(named)
    return problems


def _policy(table: "PolicyTable") -> Policy:
    rules = [
        Rule(rule.name, _scope(rule), rule.modes, rule.fixes, rule.auto_after, rule.locks or "") for rule in table.rule
    ]
    return Policy(
        modes=table.modes,
        rules=tuple(rules),
        allow=tuple(table.scope.allow),
        deny=tuple(table.scope.deny),
        windows=tuple(_hours(window, frozenset(window.tiers)) for window in table.window),
        blackouts=tuple(_hours(blackout) for blackout in table.blackout),
        limits=Limits(**table.limits.model_dump()),
    )


def _scope(table: "ScopedTable") -> Scope:
    return Scope(table.subscription, table.group, table.vault, table.machine, table.tag)


def _hours(table: "HoursTable", tiers: frozenset[Risk] = frozenset()) -> Hours:
    return Hours(table.name, table.start, table.end, table.time_zone, table.days, _scope(table), tiers)
