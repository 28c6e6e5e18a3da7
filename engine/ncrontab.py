"""NCRONTAB, in which a timer trigger's schedule is written: `{second} {minute} {hour} {day} {month} {day-of-week}`. Pure.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
"""

import re
from dataclasses import dataclass

NUMBER = re.compile(r"[0-9]{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Field:
    """One of the six: which numbers it takes, and names for them, the lowest first; three letters of a name are enough."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    def takes(self, text: str) -> bool:
        """Whether it is `*`, a value or a rising range, each with or without a step, or a list of these."""
        return all(self._takes_one(part) for part in text.split(","))

    def _takes_one(self, part: str) -> bool:
        span, slash, step = part.partition("/")
        if slash and not (NUMBER.fullmatch(step) and 1 <= int(step) <= self.high):
            return False
        ends = [self._value(end) for end in span.split("-")]
        return span == "*" or (len(ends) <= 2 and self.low <= ends[0] <= ends[-1] <= self.high)

    def _value(self, text: str) -> int:
        """What the text stands for, -1 where for nothing."""
        if NUMBER.fullmatch(text):
            return int(text)
        fitting = [self.low + at for at, name in enumerate(self.names) if name.startswith(text.casefold())]
        return fitting[0] if len(text) >= 3 and fitting else -1


MONTHS = "january february march april may june july august september october november december"
DAYS = "sunday monday tuesday wednesday thursday friday saturday"
FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field("month", 1, 12, tuple(MONTHS.split())),
    Field("day of the week", 0, 6, tuple(DAYS.split())),
)


def fault(expression: str) -> str:
    """What is wrong with the expression, "" where nothing is. The seconds may be left out, as the host lets one do."""
    texts = expression.split()
    if len(texts) not in (len(FIELDS) - 1, len(FIELDS)):
        return f"it has {len(texts)} field(s) instead of six"
    fields = FIELDS[-len(texts) :]
    wrong = next(((field, text) for field, text in zip(fields, texts, strict=True) if not field.takes(text)), None)
    return f"{wrong[1]!r} is no {wrong[0].name} ({wrong[0].low} to {wrong[0].high})" if wrong else ""
