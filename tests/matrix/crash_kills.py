"""Which kills the crash matrix makes, and what a run tells of one."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

ARM, STORE = "arm", "store"
KINDS = {ARM: "ARM requests", STORE: "store writes"}
SIDES = ("before", "after")


@dataclass(frozen=True, slots=True)
class Kill:
    """The host dies at the n-th request of a kind, before it is handled or after, before its answer arrives."""

    world: str
    kind: str
    n: int
    side: str

    def __str__(self) -> str:
        return f"{self.world}:{self.kind}:{self.n}:{self.side}"

    @classmethod
    def read(cls, text: str) -> "Kill":
        """Read what `str` writes; raises ValueError."""
        world, kind, n, side = text.split(":")
        if kind not in KINDS or side not in SIDES:
            raise ValueError(f"a kill is WORLD:arm|store:N:before|after, not {text!r}")
        return cls(world, kind, int(n), side)


@dataclass(frozen=True, slots=True)
class Unbroken:
    """What a world does when nothing is killed: how often it asks, what it changes, what was not as declared."""

    world: str
    counts: dict[str, int]
    changes: tuple[str, ...]
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run with a kill ended. `at` is the request at which the host died, "" where the run had no such request."""

    kill: Kill
    at: str
    wrong: tuple[str, ...]
    seconds: float


def every(unbroken: Unbroken, step: int = 1, seed: int = 0) -> Iterator[Kill]:
    """A kill before and after each `step`-th request of each kind; `seed` says where each of the four rows begins."""
    dice = random.Random(f"{seed} {unbroken.world}")
    for kind, count in unbroken.counts.items():
        for side in SIDES:
            for n in range(1 + dice.randrange(min(step, count)), count + 1, step):
                yield Kill(unbroken.world, kind, n, side)


def drawn(unbroken: Unbroken, about: int, seed: int) -> list[Kill]:
    """About so many kills, spread evenly over the run."""
    points = len(SIDES) * sum(unbroken.counts.values())
    return list(every(unbroken, max(1, points // about), seed))
