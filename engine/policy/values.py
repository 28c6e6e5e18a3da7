"""What single values of policy.toml must be, and what is said of those that are not. Pure."""

import re
from datetime import time
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator
from tzlocal.windows_tz import tz_win, win_tz

import engine.catalog  # noqa: F401  it imports every fix, which fills REMEDIATIONS
from engine.policy.hours import DAYS
from engine.policy.nearest import did_you_mean
from remediations.backups.schedule import zone_of
from remediations.contract import REMEDIATIONS

_SUBSCRIPTION = r"/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KINDS = r"(microsoft\.recoveryservices/vaults|microsoft\.compute/virtualmachines)"
_PLACE_ID = re.compile(rf"{_SUBSCRIPTION}(/resourcegroups/[^/*?]+(/providers/{_KINDS}/[^/*?]+(/[^/*?]+/[^/*?]+)*)?)?/?")


def _fix_name(text: str) -> str:
    if text not in REMEDIATIONS:
        raise ValueError(f"is no fix; fixes are {', '.join(sorted(REMEDIATIONS))}{did_you_mean(text, REMEDIATIONS)}")
    return text


def _named(text: str) -> str:
    if not text or "/" in text:
        raise ValueError("must be a name or a pattern such as rg-test-*, not an id")
    return text


def _subscription(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f*?-]+", text.casefold()):
        raise ValueError("must be a subscription's id or a pattern of it; its display name never fits")
    return text


def _tag(text: str) -> str:
    if not re.fullmatch(r"[^=\s][^=]*=.*", text):
        raise ValueError("must be a name, an equals sign and a value, such as env=test; env=* for any value")
    return text


def _place_id(text: str) -> str:
    if not _PLACE_ID.fullmatch(text.casefold()):
        raise ValueError("must be the id of a subscription, group, vault, machine or protected item, without wildcards")
    return text


def _time(text: object) -> time:
    if not isinstance(text, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError('must be hours and minutes in quotes, such as "07:00"; midnight is "00:00", the last "23:59"')
    return time.fromisoformat(text)


def _days(names: object) -> frozenset[int]:
    if not isinstance(names, list) or not names:
        raise ValueError('must be a list of days, such as ["Sat", "Sun"]; leave it out for every day')
    return frozenset(map(_day, names))


def _day(name: object) -> int:
    if not isinstance(name, str) or name.casefold() not in (day.casefold() for day in DAYS):
        raise ValueError(f"must be a list of days, and {str(name)[:20]} is none; days are {', '.join(DAYS)}")
    return DAYS.index(name.title())


def _zone(name: object) -> ZoneInfo:
    zone = zone_of(str(name))
    if zone is None:
        near = did_you_mean(str(name), (*tz_win, *win_tz))
        raise ValueError(f"must be a time zone such as Europe/Berlin or W. Europe Standard Time{near}")
    return zone


def _title(text: str) -> str:
    if not re.fullmatch(r"[^\[\]\x00-\x1f]{1,80}", text) or not text.strip():
        raise ValueError("must be 1 to 80 letters, without brackets and line breaks")
    return text


Title = Annotated[str, AfterValidator(_title)]
Named = Annotated[str, AfterValidator(_named)]
Subscription = Annotated[str, AfterValidator(_subscription)]
Tag = Annotated[str, AfterValidator(_tag)]
PlaceId = Annotated[str, AfterValidator(_place_id)]
FixName = Annotated[str, AfterValidator(_fix_name)]
Days = Annotated[frozenset[int], BeforeValidator(_days)]
Time = Annotated[time, BeforeValidator(_time)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
