"""Alert bodies against the reader itself, by the ten thousand, and against POST /api/alerts of the running host."""

from dataclasses import dataclass, field
from typing import Any

from engine.intake import MAX_BYTES
from tests.matrix import fuzz_oracle
from tests.matrix.fuzz_bodies import bodies
from tests.matrix.fuzz_judge import Taken, faults, take
from tests.matrix.fuzz_runs import hold
from tests.matrix.fuzz_seeds import HARD
from tests.matrix.fuzz_wire import Wire

CONTENT_TYPES = ("application/json", "text/plain", "application/json; charset=utf-16", "multipart/form-data", "")


def read_bodies(examples: int, seed: int) -> int:
    """The reader never fails, reads no failure from garbage and drops none."""

    def holds(body: bytes) -> None:
        found = faults(body, take(body))
        assert not found, found

    for body in HARD:
        holds(body)
    return hold(holds, bodies(), examples, seed)


@dataclass(slots=True)
class Posted:
    """What the host took, by the oracle's reading: items that must have a case, items that may."""

    must: set[str] = field(default_factory=set)
    may: set[str] = field(default_factory=set)
    accepted: int = 0

    def note(self, body: bytes) -> None:
        for told in fuzz_oracle.read(body) or ():
            if told.item:
                (self.must if told.sure else self.may).add(told.item.casefold())


def post_bodies(wire: Wire, examples: int, seed: int) -> Posted:
    """Each body is answered 202, 400 or 413, and what is queued is what the oracle reads in it."""
    posted = Posted()

    def holds(body: bytes) -> None:
        status, answer = wire.ask("POST", "/api/alerts", body, CONTENT_TYPES[len(body) % len(CONTENT_TYPES)])
        assert status in (202, 400, 413), f"answered {status}: {answer}"
        assert (status == 413) == (len(body) > MAX_BYTES), f"{len(body)} bytes were answered {status}"
        if status == 413:
            return
        taken = [_taken(one) for one in answer["results"]] if status == 202 else None
        found = faults(body, taken)
        assert not found, f"{found}, answered {status}: {answer}"
        posted.accepted += status == 202
        if taken is not None:
            posted.note(body)

    for body in HARD:
        holds(body)
    hold(holds, bodies(), examples, seed)
    return posted


def _taken(result: dict[str, Any]) -> Taken:
    return Taken(result["status"] == "queued", result.get("item", ""))
