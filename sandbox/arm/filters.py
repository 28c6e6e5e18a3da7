"""The `$filter` language of Azure Backup: `name eq 'value'` joined by `and`, times in a 12-hour format."""

import re
from datetime import UTC, datetime

from sandbox.arm.wire import Refusal
from sandbox.times import parse

_CLAUSE = re.compile(r"\s*(\w+)\s+(eq|ge|le|gt|lt)\s+'([^']*)'\s*", re.IGNORECASE)
_FROM, _TO = ("starttime", "startdate"), ("endtime", "enddate")


def clauses(text: str | None) -> list[tuple[str, str]]:
    """The filter's pairs of lower-case name and value; raises 400 on anything else."""
    found = []
    for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else []:
        match = _CLAUSE.fullmatch(part)
        if match is None:
            raise Refusal(400, "BMSUserErrorInvalidFilter", f"The filter clause '{part}' is not valid.")
        found.append((match[1].lower(), match[3]))
    return found


def instant(text: str) -> datetime:
    """`2016-01-01 09:30:00 AM` (documented) or ISO 8601."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %I:%M:%S %p").replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return parse(text)
    except ValueError as wrong:
        raise Refusal(400, "BMSUserErrorInvalidFilter", f"'{text}' is not a time.") from wrong


def _documented(text: str) -> str:
    """The docs print midnight as `00:00:00 AM`, which no 12-hour clock has."""
    return re.sub(r" 00:(\d\d:\d\d) AM", r" 12:\1 AM", text)


def matches(text: str | None, facts: dict[str, str], at: datetime | None = None) -> bool:
    """Whether a row with these facts, at this instant, passes the filter. An unknown name passes nothing."""
    known = {name.lower(): value for name, value in facts.items()}
    for name, value in clauses(text):
        if at is not None and name in _FROM:
            if at < instant(_documented(value)):
                return False
        elif at is not None and name in _TO:
            if at > instant(_documented(value)):
                return False
        elif known.get(name, "").lower() != value.lower():
            return False
    return True
