"""Whether the limits of the policy held, seen from outside: by the simulated Azure's own record of changes."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from engine.policy import Limits

HOUR = timedelta(hours=1)
FREE = ("alert.close",)
"""Says what is true already; no limit is meant for it."""


def changes_that_count(changes: Iterable[dict[str, Any]]) -> list[tuple[datetime, str, str]]:
    """(when, what, machine) of each change of a machine or its backups; the machine is the last name before its parts."""
    counted = [change for change in changes if change["kind"] not in FREE]
    return [(datetime.fromisoformat(c["at"]), c["kind"], _machine(c["id"])) for c in counted]


def _machine(resource: str) -> str:
    """Of `.../virtualMachines/NAME/extensions/x` and of `.../protectedItems/VM;...;NAME`."""
    parts = resource.casefold().split("/")
    if "virtualmachines" in parts:
        return parts[parts.index("virtualmachines") + 1]
    return next(part for part in parts if part.startswith("vm;")).rsplit(";", 1)[-1]


def over_the_limits(changes: Iterable[dict[str, Any]], cases: Iterable[dict[str, Any]], limits: Limits) -> list[str]:
    """Each hour, wherever it begins, and each instant, in which more happened than the policy allows in its one vault."""
    cases, made = list(cases), changes_that_count(changes)
    machines = max(1, len(cases) * limits.machines_per_vault_and_hour_percent // 100)
    found = []
    for end in sorted({at for at, _, _ in made}):
        hour = [machine for at, _, machine in made if end - HOUR < at <= end]
        if len(hour) > limits.changes_per_vault_and_hour:
            found.append(f"{len(hour)} changes in the hour to {end:%H:%M}")
        if len(set(hour)) > machines:
            found.append(f"{len(set(hour))} machines changed in the hour to {end:%H:%M}")
    most = most_at_work(made, cases)
    return found + ([f"{most} cases at work at once"] if most > limits.cases_at_once_per_vault else [])


def most_at_work(made: list[tuple[datetime, str, str]], cases: Iterable[dict[str, Any]]) -> int:
    """How many cases were at once between their first change and their end."""
    first: dict[str, datetime] = {}
    for at, _, machine in made:
        first.setdefault(machine, at)
    ends = {case["machine"].casefold(): case["closed"] for case in cases}
    steps = Counter[datetime]()
    for machine, at in first.items():
        steps[at] += 1
        if ends.get(machine):
            steps[datetime.fromisoformat(ends[machine])] -= 1
    most = now = 0
    for _, step in sorted(steps.items()):
        now += step
        most = max(most, now)
    return most
