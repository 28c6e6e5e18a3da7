"""What a policy allows, as its owner reads it: modes by rule, where it works, when, how often. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime

from engine.policy import BY_DEFAULT, Limits, Mode, Policy, Rule
from engine.policy.hours import DAYS, EVERY_DAY, Hours, Reading
from engine.policy.scope import EVERYWHERE, Scope
from remediations.contract import Risk

UNSAID = "-"
MOST_SHOWN = 5


def summary(policy: Policy, now: datetime) -> list[str]:
    """All of it but what holds everywhere and always, one section after the other."""
    sections = (_modes(policy), _places(policy), _windows(policy, now), _blackouts(policy, now), _limits(policy.limits))
    return [line for section in sections if section for line in ("", *section)]


def few(entries: Sequence[str]) -> list[str]:
    """The entries, of many the first and how many more there are."""
    rest = len(entries) - MOST_SHOWN
    return [*entries[:MOST_SHOWN], f"and {rest} more"] if rest > 0 else list(entries)


def _modes(policy: Policy) -> list[str]:
    """The modes by rule, in the order in which they are asked, and by tier."""
    rows = [["rule", *Risk, "locks", "fixes", "where"]]
    for rule in policy.rules:
        tiers = [_mode(rule, rule.modes.get(risk)) for risk in Risk]
        fixes = ", ".join(f"{fix}: {_mode(rule, mode)}" for fix, mode in rule.fixes.items())
        rows.append([rule.name, *tiers, rule.locks or UNSAID, fixes or UNSAID, _where(rule.scope)])
    rows.append([BY_DEFAULT, *(policy.default(risk).mode for risk in Risk), "return", UNSAID, UNSAID])
    return _aligned(rows)


def _mode(rule: Rule, mode: Mode | None) -> str:
    if mode is Mode.AUTO and rule.auto_after:
        return f"auto after {rule.auto_after}"
    return mode or UNSAID


def _where(scope: Scope) -> str:
    said = [(f.name, getattr(scope, f.name)) for f in fields(scope)]
    return ", ".join(f"{key} {text}" for key, text in said if text != getattr(EVERYWHERE, key)) or "everywhere"


def _places(policy: Policy) -> list[str]:
    rows = [["works on", entry] for entry in few(policy.allow)] + [["never on", entry] for entry in few(policy.deny)]
    return _aligned(rows) if rows else []


def _windows(policy: Policy, now: datetime) -> list[str]:
    return _hours("window", policy.windows, lambda one: _next(one, Reading.NARROW, "opens", now))


def _blackouts(policy: Policy, now: datetime) -> list[str]:
    return _hours("blackout", policy.blackouts, lambda one: _next(one, Reading.WIDE, "begins", now))


def _hours(kind: str, held: Sequence[Hours], comes: Callable[[Hours], str]) -> list[str]:
    rows = [
        [one.name, _holds_up(one), _days(one), f"{one.start:%H:%M} to {one.end:%H:%M}", one.zone.key, _where(one.scope)]
        for one in held
    ]
    head = [kind, "holds up", "days", "hours", "time zone", "where", "next"]
    return _aligned([head, *([*row, comes(one)] for row, one in zip(rows, held, strict=True))]) if rows else []


def _holds_up(hours: Hours) -> str:
    return ", ".join(risk for risk in Risk if risk in hours.tiers) or "backups on demand"


def _days(hours: Hours) -> str:
    return "every day" if hours.days == EVERY_DAY else ", ".join(DAYS[day] for day in sorted(hours.days))


def _next(hours: Hours, reading: Reading, begins: str, now: datetime) -> str:
    span = hours.nearest(now, reading)
    if span is None:
        return f"{begins} not within a fortnight"
    verb, at = ("now, until", span[1]) if span[0] <= now else (begins, span[0])
    local = at.astimezone(hours.zone)
    return f"{verb} {DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M%:z}"


def _limits(limits: Limits) -> list[str]:
    usual = Limits()
    figures = [(f.name, getattr(limits, f.name), getattr(usual, f.name)) for f in fields(limits)]
    rows = [[name, str(figure), "default" if figure == default else ""] for name, figure, default in figures]
    return _aligned([["limit", "figure", ""], *rows])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
