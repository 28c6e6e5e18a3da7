"""Writes docs/policy.md: the reference of policy.toml, from the model that checks it."""

from collections.abc import Iterable, Iterator

from pydantic.fields import FieldInfo

from engine.policy.model import TABLES, PolicyTable, ScopedTable, Table
from remediations.contract import REMEDIATIONS, Risk

_INTRO = """\
# The policy

`policy.toml` says what the engine may do by itself, where, when and how often. The setting `POLICY_FILE` names the file.
Without a line in it every tier plans and asks. Check it before you deploy it: `make policy-check FILE=policy.toml` prints
what it allows, or each problem with its line. While a deployed file has a problem, every mode is `observe`.

This page is written by `python -m engine.policy.check --schema`.

## Modes, from the least to the most
- `observe`: say what is wrong and change nothing
- `plan`: show what would be done
- `approve`: plan, ask a person, and do exactly what was approved
- `auto`: do it, within the limits; deleting a whole collection of restore points needs a person even so

## How a mode is found
The rules are asked from the first to the last. The first that fits the place and speaks of the fix, by its name or else by
its tier, decides; where none does, `[modes]` decides, and what that leaves out is `approve`. Where a machine's tags or
its id cannot be read, all rules that may fit are asked, and the most restrictive answer holds.

A scope is made of `subscription`, `group`, `vault`, `machine` and `tag`: all that are given must fit. `*` stands for any
text, `?` for one letter; upper and lower case are the same.

Approvals for `auto_after` are counted by the rule's name: rename a rule when you widen it, and it must earn them anew.
"""
_END = """
## Windows and blackouts
A tier for which a window fits the place is changed only while one is open; without a fitting window, at any time. What
Azure is doing when a window closes is not stopped; the next change waits. The same time twice means 24 hours.

Where the clocks change, a window is only what lies inside by either clock, a blackout all that lies inside by any: a window
within the hour that is skipped or repeated does not open that night.

## When it is an incident
When within an hour more items of a region fail with one code than `incident_items`, or than `incident_percent` of the
region's items, whichever is less. Ten failing items or fewer are never an incident, however large their share is. With the
defaults the eleventh failing item makes it one in a region of 60 items, the sixteenth in one of 150, the twenty-first in one
of 1,000. A sweep opens at most `SWEEP_MAX_CASES` cases (50): keep `incident_items` below that, or what only the sweep
sees never becomes an incident by this figure.
"""


def reference() -> str:
    """The whole page."""
    tables = [line for key, model in TABLES.items() for line in _section(key, model)]
    scope = ["", "## The keys of a scope", *_keys(ScopedTable.model_fields.items())]
    return "\n".join([_INTRO, *_tiers(), *_modes(), *tables, *scope, _END])


def _tiers() -> Iterator[str]:
    yield from ("## Tiers and their fixes", "| tier | fix | what it does |", "|---|---|---|")
    order = list(Risk)
    for fix in sorted(REMEDIATIONS.values(), key=lambda fix: (order.index(fix.risk), fix.name)):
        yield f"| `{fix.risk}` | `{fix.name}` | {fix.effect} |"


def _modes() -> Iterator[str]:
    yield from ("", "## `[modes]`", PolicyTable.model_fields["modes"].description or "")
    yield f"Keys are the tiers: {', '.join(f'`{risk}`' for risk in Risk)}."


def _section(key: str, model: type[Table]) -> Iterator[str]:
    scoped = issubclass(model, ScopedTable)
    yield from ("", f"## `[[{key}]]`" if scoped else f"## `[{key}]`")
    yield model.__doc__ or ""
    if scoped:
        yield "It may have the keys of a scope."
    yield from _keys((n, f) for n, f in model.model_fields.items() if not scoped or n not in ScopedTable.model_fields)


def _keys(fields: Iterable[tuple[str, FieldInfo]]) -> Iterator[str]:
    yield from ("", "| key | left out | meaning |", "|---|---|---|")
    for name, field in fields:
        yield f"| `{field.alias or name}` | {_left_out(field)} | {field.description}{_range(field)} |"


def _left_out(field: FieldInfo) -> str:
    if field.is_required():
        return "a problem"
    return f"`{field.default}`" if isinstance(field.default, str | int) and field.default != "" else ""


def _range(field: FieldInfo) -> str:
    low = next((mark.ge for mark in field.metadata if hasattr(mark, "ge")), None)
    high = next((mark.le for mark in field.metadata if hasattr(mark, "le")), None)
    return "" if low is None else f" {low} to {high}."
