"""The shape of policy.toml. Imported only where the file is read: pydantic has no place in a cold start."""

import re
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

import engine.catalog  # noqa: F401  it imports every fix, which fills REMEDIATIONS
from engine.policy import Limits, Mode
from engine.policy.hours import EVERY_DAY
from remediations.contract import REMEDIATIONS, Risk
from remediations.schedule import zone_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SAFE = Limits()
_SUBSCRIPTION = r"/subscriptions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KINDS = r"(microsoft\.recoveryservices/vaults|microsoft\.compute/virtualmachines)"
_PLACE_ID = re.compile(rf"{_SUBSCRIPTION}(/resourcegroups/[^/*?]+(/providers/{_KINDS}/[^/*?]+(/[^/*?]+/[^/*?]+)*)?)?/?")


def _fix_name(text: str) -> str:
    if text not in REMEDIATIONS:
        raise ValueError(f"is no fix; fixes are {', '.join(sorted(REMEDIATIONS))}")
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
        raise ValueError('must be hours and minutes in quotes, from "00:00" to "23:59"')
    return time.fromisoformat(text)


def _days(names: object) -> frozenset[int]:
    known = [name.casefold() for name in DAYS]
    if not isinstance(names, list) or not names or any(str(name).casefold() not in known for name in names):
        raise ValueError(f"must be a list of days: {', '.join(DAYS)}")
    return frozenset(known.index(str(name).casefold()) for name in names)


def _zone(name: object) -> ZoneInfo:
    zone = zone_of(str(name))
    if zone is None:
        raise ValueError("must be a time zone such as Europe/Berlin or W. Europe Standard Time")
    return zone


def _title(text: str) -> str:
    if not re.fullmatch(r"[^\[\]\x00-\x1f]{1,80}", text) or not text.strip():
        raise ValueError("must be 1 to 80 letters, without brackets and line breaks")
    return text


Title = Annotated[str, AfterValidator(_title)]
Named = Annotated[str, AfterValidator(_named)]
PlaceId = Annotated[str, AfterValidator(_place_id)]
FixName = Annotated[str, AfterValidator(_fix_name)]
Modes = dict[Risk, Mode]


def _limit(name: str, low: int, high: int, description: str) -> Any:
    return Field(default=getattr(_SAFE, name), ge=low, le=high, strict=True, description=description)


class Table(BaseModel):
    """A table of the file: no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ScopedTable(Table):
    """A table that holds in a scope: all that is given must fit, what is left out fits everything."""

    subscription: Annotated[str, AfterValidator(_subscription)] = Field("*", description="Id of the subscription.")
    group: Named = Field("*", description="Name of the resource group of the machine or of the vault.")
    vault: Named = Field("*", description="Name of the vault.")
    machine: Named = Field("*", description="Name of the machine.")
    tag: Annotated[str, AfterValidator(_tag)] = Field("", description="A tag of the machine, as `name=value`.")


class RuleTable(ScopedTable):
    """What holds in one scope. The first rule that fits the place and speaks of a fix, or of its tier, decides."""

    name: Title = Field(description="What cases and reports call it; no two rules have the same name.")
    modes: Modes = Field(default={}, description='Mode by tier, such as `{ backup = "auto" }`.')
    fixes: dict[FixName, Mode] = Field(
        default={}, description="Mode of single fixes by name; within the rule it goes before the tier's mode."
    )
    auto_after: int = Field(
        default=0,
        ge=0,
        le=1000,
        strict=True,
        description="`auto` unlocks after so many plans with the fix in this rule's scope that people approved unchanged.",
    )
    locks: Literal["return", "leave off"] | None = Field(
        default=None, description="What becomes of a lifted lock: `return` (also where no rule says it) or `leave off`."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "RuleTable":
        if not (self.modes or self.fixes or self.locks):
            raise ValueError("decides nothing: give it modes, fixes or locks")
        if self.auto_after and Mode.AUTO not in (*self.modes.values(), *self.fixes.values()):
            raise ValueError("has auto_after but nothing that is auto: set a mode to auto, or leave auto_after out")
        return self


class HoursTable(ScopedTable):
    """Hours of the week."""

    name: Title = Field(description="What cases and reports call it; no two have the same name.")
    days: Annotated[frozenset[int], BeforeValidator(_days)] = Field(
        default=EVERY_DAY, description="Days on which it starts: `Mon` to `Sun`; every day where left out."
    )
    start: Annotated[time, BeforeValidator(_time)] = Field(
        alias="from", description='When it starts, such as `"22:00"`.'
    )
    end: Annotated[time, BeforeValidator(_time)] = Field(
        alias="to", description="When it ends: on the next day where it is not later than `from`."
    )
    time_zone: Annotated[ZoneInfo, BeforeValidator(_zone)] = Field(
        description="The zone of these times: `Europe/Berlin`, or as Windows says it, `W. Europe Standard Time`."
    )


class WindowTable(HoursTable):
    """A maintenance window. Where one fits the place, fixes of its tiers change things only while one is open."""

    tiers: Annotated[list[Risk], Field(min_length=1)] = Field(description="The tiers that must wait for the window.")


class BlackoutTable(HoursTable):
    """Hours in which no backup is triggered on demand."""

    @model_validator(mode="after")
    def _ends(self) -> "BlackoutTable":
        if self.start == self.end and self.days == EVERY_DAY:
            raise ValueError('never ends: shorten it, or set backup = "observe" in a rule with this scope')
        return self


class ScopeTable(Table):
    """Where the engine works at all. An entry holds all that lies below it: its items, its vaults, its machines."""

    allow: list[PlaceId] = Field(
        default=[],
        description="Ids of what it may work on: subscriptions, groups, vaults, machines. Empty: everything.",
    )
    deny: list[PlaceId] = Field(default=[], description="Ids of what it never touches; goes before `allow`.")


class LimitsTable(Table):
    """How much at once, and when to stop."""

    attempts_per_item_and_day: int = _limit(
        "attempts_per_item_and_day",
        1,
        20,
        "Cases that changed something for an item within a day; then a person is asked.",
    )
    cooldown_minutes: int = _limit("cooldown_minutes", 0, 1440, "Rest between two cases that change the same item.")
    changes_per_vault_and_hour: int = _limit(
        "changes_per_vault_and_hour", 1, 100000, "Writes to Azure for the items of one vault; the next ones wait."
    )
    machines_per_vault_and_hour_percent: int = _limit(
        "machines_per_vault_and_hour_percent",
        1,
        100,
        "Share of a vault's machines that is changed within an hour, one machine at least; the next ones wait.",
    )
    cases_at_once_per_vault: int = _limit("cases_at_once_per_vault", 1, 1000, "Cases at work; the next ones wait.")
    cases_at_once_per_subscription: int = _limit(
        "cases_at_once_per_subscription", 1, 10000, "The same for a subscription."
    )
    breaker_failures: int = _limit(
        "breaker_failures", 1, 100, "After so many failures of a fix in a row in one vault a person is asked."
    )
    breaker_hours: int = _limit("breaker_hours", 1, 720, "How far back these failures count.")
    incident_items: int = _limit(
        "incident_items",
        10,
        10000,
        "When more items of a region fail with one code within the hour it is an incident: one case, no changes.",
    )
    incident_percent: int = _limit(
        "incident_percent",
        1,
        100,
        "The same as a share of the region's items, where that is less; ten items or fewer are never an incident.",
    )
    approval_hours: int = _limit("approval_hours", 1, 720, "How long an approval is waited for; then it counts as no.")
    second_lift_days: int = _limit(
        "second_lift_days", 1, 365, "A second lift of locks in a group within so many days needs a person."
    )


class PolicyTable(Table):
    """The whole file. All of it may be left out: then every tier plans and asks."""

    modes: Modes = Field(default={}, description="Mode by tier where no rule decides; `approve` where left out.")
    rule: list[RuleTable] = []
    scope: ScopeTable = ScopeTable()
    limits: LimitsTable = LimitsTable()
    window: list[WindowTable] = []
    blackout: list[BlackoutTable] = []


TABLES: dict[str, type[Table]] = {
    "rule": RuleTable,
    "scope": ScopeTable,
    "limits": LimitsTable,
    "window": WindowTable,
    "blackout": BlackoutTable,
}
"""The table that each key of the file opens, in the order of the reference."""
