"""What the owner lets the engine do: how far a fix may go by itself, where, when and how often. Pure.

`engine.policy.file` reads it from `policy.toml`; `docs/policy.md` is its reference. Where something about a place could
not be read, such as the machine's tags, the most restrictive of the possible answers is given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.policy.hours import Hours, next_inside_all, next_inside_any, next_outside
from engine.policy.scope import EVERYWHERE, Place, Scope, covers, reached, surely_and_perhaps
from gateway.arm import ids
from remediations.contract import Risk

__all__ = ["BY_DEFAULT", "Limits", "Mode", "Permit", "Place", "Policy", "Rule"]


class Mode(StrEnum):
    """How far the engine may go by itself, in rising order; compares in that order, not as text."""

    OBSERVE = "observe"
    PLAN = "plan"
    APPROVE = "approve"
    AUTO = "auto"

    @property
    def rank(self) -> int:
        return list(Mode).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Mode(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Mode(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Mode(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Mode(other).rank


BY_DEFAULT = "[modes]"
"""The name under which the default decides."""


@dataclass(frozen=True, slots=True)
class Permit:
    """How far a fix may go and which rule says so.

    `auto` counts as `approve` until people approved `auto_after` plans with the fix under this rule unchanged.
    """

    mode: Mode
    rule: str
    auto_after: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds in one scope. `locks` is `return`, `leave off`, or "" where the rule does not say."""

    name: str
    scope: Scope = EVERYWHERE
    modes: Mapping[Risk, Mode] = field(default_factory=dict)
    fixes: Mapping[str, Mode] = field(default_factory=dict)
    auto_after: int = 0
    locks: str = ""

    def permit(self, fix: str, risk: Risk) -> Permit | None:
        """What the rule says of the fix, by its name before its tier; None where it says nothing."""
        mode = self.fixes.get(fix, self.modes.get(risk))
        return Permit(mode, self.name, self.auto_after if mode is Mode.AUTO else 0) if mode else None


@dataclass(frozen=True, slots=True)
class Limits:
    """How often and how much at once; the unit is in the name. `docs/policy.md` says what each is for."""

    attempts_per_item_and_day: int = 3
    cooldown_minutes: int = 60
    changes_per_vault_and_hour: int = 60
    machines_per_vault_and_hour_percent: int = 20
    cases_at_once_per_vault: int = 20
    cases_at_once_per_subscription: int = 100
    breaker_failures: int = 3
    breaker_hours: int = 24
    incident_items: int = 20
    incident_percent: int = 10
    approval_hours: int = 24
    second_lift_days: int = 14
    fleet_failures_percent: int = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy; as it comes, the safe default: every tier plans and asks. With problems nothing is permitted."""

    modes: Mapping[Risk, Mode] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    windows: tuple[Hours, ...] = ()
    blackouts: tuple[Hours, ...] = ()
    limits: Limits = field(default_factory=Limits)
    problems: tuple[str, ...] = ()

    @property
    def uses_tags(self) -> bool:
        """Whether anything in it asks for a machine's tags."""
        scopes = [rule.scope for rule in self.rules] + [hours.scope for hours in (*self.windows, *self.blackouts)]
        return any(scope.tag for scope in scopes)

    def permit(self, fix: str, risk: Risk, place: Place) -> Permit:
        """How far the fix may go here: the first rule that fits the place and speaks of the fix, else the default."""
        if self.problems:
            return Permit(Mode.OBSERVE, "[problems]")
        speaking = [rule for rule in self.rules if rule.permit(fix, risk)]
        found = [rule and rule.permit(fix, risk) for rule in reached(speaking, place)]
        return _least([permit or self.default(risk) for permit in found])

    def furthest(self, fix: str, risk: Risk) -> Mode:
        """How far the fix may go in the place where it may go furthest."""
        if self.problems:
            return Mode.OBSERVE
        modes = []
        for rule in self.rules:
            if permit := rule.permit(fix, risk):
                modes.append(permit.mode)
                if rule.scope == EVERYWHERE:
                    return max(modes)
        return max([*modes, self.default(risk).mode])

    def refused(self, place: Place) -> str:
        """Why the place is none of the engine's business, "" where it is."""
        if hit := next((entry for entry in self.deny if covers(entry, place)), ""):
            return f"the policy's deny list holds {hit}"
        if self.deny and not place.machine_id:
            return "the machine's id is not known, so the policy's deny list may hold it"
        if self.allow and not any(covers(entry, place) for entry in self.allow):
            return "the policy's allow list does not hold it"
        return ""

    def denies(self, resource_id: str) -> str:
        """Why this very resource is not to be touched, "" where the deny list does not hold it."""
        hit = next((entry for entry in self.deny if ids.within(resource_id, entry)), "")
        return f"the policy's deny list holds {hit}" if hit else ""

    def leave_off(self, place: Place) -> str:
        """The name of the rule by which a lifted lock stays off here, "" where locks are returned."""
        if self.problems:
            return ""
        found = list(reached([rule for rule in self.rules if rule.locks], place))
        rule = found[0]
        return rule.name if rule and all(r and r.locks == "leave off" for r in found) else ""

    def opens(self, risk: Risk, place: Place, now: datetime) -> datetime | None:
        """None where changes of this tier may be made now, else when the next maintenance window opens (UTC).

        A place without a window for the tier is always open. Of windows that hold only perhaps all must be open; where
        that never happens the answer is a fortnight on, to look again.
        """
        surely, perhaps = surely_and_perhaps([w for w in self.windows if risk in w.tiers], place)
        return next_inside_any(surely, now) if surely else next_inside_all(perhaps, now)

    def backups_open(self, place: Place, now: datetime) -> datetime | None:
        """None where a backup may be triggered now, else when the blackout ends (UTC)."""
        surely, perhaps = surely_and_perhaps(self.blackouts, place)
        return next_outside([*surely, *perhaps], now)

    def default(self, risk: Risk) -> Permit:
        """How far fixes of the tier may go where no rule speaks of them."""
        return Permit(self.modes.get(risk, Mode.APPROVE), BY_DEFAULT)


def _least(permits: list[Permit]) -> Permit:
    """The most restrictive; where several would count approvals, each its own, none of the counts can be relied on."""
    least = min(permits, key=lambda permit: (permit.mode.rank, -permit.auto_after))
    counting = [permit for permit in permits if permit.auto_after]
    if least.mode is Mode.AUTO and len(counting) > 1:
        return Permit(Mode.APPROVE, least.rule)
    return least
