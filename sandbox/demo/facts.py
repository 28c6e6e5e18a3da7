"""What the demo reads: what a world declares, what the product says of a case, what a world leaves at its end."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Declared:
    """One case as its world declares it: who is ill, who tells of it, the true cause, the expected outcome.

    `decision` is what the person on call says when asked.
    """

    machine: str
    item: str
    trigger: str
    code: str
    cause: str
    outcome: str
    decision: str = ""
    recurs: bool = False


@dataclass(frozen=True, slots=True)
class World:
    name: str
    title: str
    subscription: str
    cases: tuple[Declared, ...]

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "World":
        cases = tuple(Declared(**{name: one[name] for name in Declared.__slots__}) for one in body["cases"])
        return cls(body["name"], body["title"], body["subscription"], cases)


@dataclass(frozen=True, slots=True)
class Case:
    """One case as the product tells it. `opened` and `closed` are simulated instants, `closed` is None while open."""

    id: str
    item: str
    machine: str
    code: str
    cause: str
    phase: str
    step: str
    outcome: str
    opened: datetime
    closed: datetime | None
    asks: str = ""

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Case":
        texts = {n: str(body[n]) for n in ("id", "item", "machine", "code", "cause", "phase", "step", "outcome")}
        closed = datetime.fromisoformat(body["closed"]) if body["closed"] else None
        asks = str((body.get("asks") or {}).get("hash") or "")
        return cls(**texts, opened=datetime.fromisoformat(body["opened"]), closed=closed, asks=asks)


@dataclass(frozen=True, slots=True)
class Ending:
    """All that was read when a world had been played. Locks are canonical JSON texts, sorted; `cases` as they were listed.

    `changes` and `closed_after` (real seconds) go by case id; `requests` holds the instant of each ARM request.
    """

    world: World
    started: datetime
    cases: tuple[Case, ...]
    real_seconds: float
    closed_after: dict[str, float] = field(default_factory=dict)
    changes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    requests: tuple[datetime, ...] = ()
    changes_seen: int = 0
    locks_returned: int = 0
    locks_before: tuple[str, ...] = ()
    locks_after: tuple[str, ...] = ()
    alerts: int = 0

    def case_of(self, declared: Declared) -> Case | None:
        """The first case that was opened for the declared item."""
        return first_case(self.cases, declared)


def first_case(cases: tuple[Case, ...], declared: Declared) -> Case | None:
    own = [case for case in cases if case.item.casefold() == declared.item.casefold()]
    return min(own, key=lambda case: case.opened, default=None)
