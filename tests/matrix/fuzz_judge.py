"""Whether what was made of a body is what the oracle reads in it."""

from dataclasses import dataclass

from engine.case import Failure
from engine.intake import BadAlert, Ignored, read_alerts
from tests.matrix import fuzz_oracle
from tests.matrix.fuzz_oracle import Told

GARBAGE = Told(False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What was made of one alert: a failure of this item or machine, or nothing."""

    opens: bool
    names: str = ""


def take(body: bytes) -> list[Taken] | None:
    """What the product's reader makes of the body; None where it refuses the whole."""
    try:
        return [_taken(told) for told in read_alerts(body)]
    except BadAlert:
        return None


def _taken(told: Failure | Ignored) -> Taken:
    return Taken(False) if isinstance(told, Ignored) else Taken(True, told.item_id or told.machine_id)


def faults(body: bytes, taken: list[Taken] | None) -> list[str]:
    """What is wrong with what was taken: opened from garbage, another machine, or a failure dropped."""
    told = fuzz_oracle.read(body)
    if taken is None:
        return ["a failed backup was refused"] if told and all(one.sure for one in told) else []
    if told is None or len(told) != len(taken):
        return [f"{len(taken)} alerts were taken, the oracle reads {told and len(told)}"]
    return [fault for one, made in zip(told, taken, strict=True) if (fault := _fault(one, made))]


def _fault(told: Told, made: Taken) -> str:
    if not made.opens:
        return "a failed backup was ignored" if told.sure else ""
    if told.sure is False:
        return f"a failure was read from garbage: {made.names!r}"
    named = {name.casefold() for name in (told.item, told.machine) if name}
    return "" if made.names.casefold() in named else f"{made.names!r} was read, the oracle reads {named}"
