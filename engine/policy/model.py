"""The shape of policy.toml. Imported only where the file is read: pydantic has no place in a cold start."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.policy import Limits, Mode
from engine.policy.hours import EVERY_DAY
from engine.policy.values import Days, FixName, Named, PlaceId, Subscription, Tag, Time, Title, Zone
from remediations.contract import Risk

_SAFE = Limits()
Modes = dict[Risk, Mode]


def _limit(name: str, low: int, high: int, description: str) -> Any:
    return Field(default=getattr(_SAFE, name), ge=low, le=high, strict=True, description=description)


class Table(BaseModel):
    """A table of the file: no key that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ScopedTable(Table):
    """A table that holds in a scope: all that is given must fit, what is left out fits everything."""

    subscription: Subscription = Field("*", description="Id of the subscription.")
    group: Named = Field("*", description="Name of the resource group of the machine or of the vault.")
    vault: Named = Field("*", description="Name of the vault.")
    machine: Named = Field("*", description="Name of the machine.")
    tag: Tag = Field("", description="A tag of the machine, as `name=value`.")


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
    days: Days = Field(
        default=EVERY_DAY, description="Days on which it starts: `Mon` to `Sun`; every day where left out."
    )
    start: Time = Field(alias="from", description='When it starts, such as `"22:00"`.')
    end: Time = Field(alias="to", description="When it ends: on the next day where it is not later than `from`.")
    time_zone: Zone = Field(
        description="The zone of these times: `Europe/Berlin`, or as Windows says it, `W. Europe Standard Time`."
    )


class WindowTable(HoursTable):
    """A maintenance window. Where one fits the place, fixes of its tiers change things only while one is open."""

    tiers: list[Risk] = Field(min_length=1, description="The tiers that must wait for the window.")


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
        "changes_per_vault_and_hour",
        1,
        100000,
        "Changes in Azure for the items of one vault, looks inside a guest not counted; the next ones wait.",
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
        "The same as a share of the region's items, where that is less; ten failing items or fewer never are one.",
    )
    approval_hours: int = _limit("approval_hours", 1, 720, "How long an approval is waited for; then it counts as no.")
    second_lift_days: int = _limit(
        "second_lift_days", 1, 365, "A second lift of locks in a group within so many days needs a person."
    )
    fleet_failures_percent: int = _limit(
        "fleet_failures_percent",
        0,
        100,
        "Of machines with one common cause: where more than this share was not healed, the rest is asked about one by one.",
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
