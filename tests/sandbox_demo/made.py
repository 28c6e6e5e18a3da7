"""Endings to judge, made by hand."""

from datetime import UTC, datetime, timedelta

from sandbox.demo.facts import Case, Declared, Ending, World

START = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
ITEM = "/subscriptions/s/vaults/v/protectedItems/VM;iaasvmcontainerv2;rg;{}"


def declared(machine: str = "web-01", cause: str = "backup_group_locked", outcome: str = "remediated") -> Declared:
    return Declared(machine, ITEM.format(machine), "alert", "UserErrorRpCollectionLimitReached", cause, outcome)


def case(
    machine: str = "web-01",
    cause: str = "backup_group_locked",
    outcome: str = "remediated",
    *,
    id: str = "c1",
    minutes: int | None = 10,
    item: str | None = None,
) -> Case:
    """A case that closed so many simulated minutes after the start; None: it is open."""
    closed = START + timedelta(minutes=minutes) if minutes is not None else None
    item = item or ITEM.format(machine).upper()
    code = "UserErrorRpCollectionLimitReached"
    return Case(id, item, machine, code, cause, "close", "the last step", outcome if closed else "", START, closed)


def ending(*cases: Case, wanted: tuple[Declared, ...] = (declared(),), **more: object) -> Ending:
    return Ending(World("locked_group", "A world", "s", wanted), START, cases, 2.0, **more)  # type: ignore[arg-type]
