"""What an owner should know of a policy besides what it says: what never decides, never counts, or asks for a thought. Pure."""

from collections.abc import Iterator
from datetime import datetime

from engine.policy import BY_DEFAULT, Mode, Policy, Rule
from engine.policy.hours import Hours, Reading, next_outside
from engine.policy.summary import few
from engine.settings import Settings
from gateway.arm import ids
from remediations.contract import REMEDIATIONS, Risk


def notes(policy: Policy, now: datetime) -> list[str]:
    """One line for each."""
    return [
        *_of_modes(policy),
        *_of_locks(policy),
        *_of_tags(policy),
        *_never_deciding(policy),
        *few(list(_never_counting(policy))),
        *_never_backing_up(policy, now),
        *_of_limits(policy),
    ]


def _of_modes(policy: Policy) -> Iterator[str]:
    said = {mode for rule in policy.rules for mode in (*rule.modes.values(), *rule.fixes.values())}
    modes = said | {policy.default(risk).mode for risk in Risk}
    if policy == Policy():
        yield "the file sets nothing: all of this is the default"
    if modes == {Mode.APPROVE}:
        yield "every tier asks: nothing is changed before a person approves the plan"
    elif max(modes) < Mode.APPROVE:
        yield "nothing is ever changed: no tier goes beyond `plan`"
    if unasked := [name for name, mode in _of_data(policy) if mode is Mode.AUTO]:
        yield f"data is auto in {', '.join(unasked)}: whole collections still need a person"


def _of_data(policy: Policy) -> Iterator[tuple[str, Mode]]:
    """Every mode that some fix of the tier `data` may get, and where it stands."""
    for rule in policy.rules:
        for fix in (fix for fix in REMEDIATIONS.values() if fix.risk is Risk.DATA):
            if permit := rule.permit(fix.name, fix.risk):
                yield rule.name, permit.mode
    yield BY_DEFAULT, policy.default(Risk.DATA).mode


def _of_locks(policy: Policy) -> Iterator[str]:
    if off := [rule.name for rule in policy.rules if rule.locks == "leave off"]:
        yield f"lifted locks stay off in {', '.join(off)}"


def _of_tags(policy: Policy) -> Iterator[str]:
    if policy.uses_tags:
        yield "tags decide here: where a machine's tags cannot be read, the most restrictive of the answers holds"


def _never_deciding(policy: Policy) -> Iterator[str]:
    for at, rule in enumerate(policy.rules):
        for before in policy.rules[:at]:
            if before.scope.contains(rule.scope) and (dead := list(_said_by_both(before, rule))):
                yield (
                    f'rule "{rule.name}": {", ".join(dead)} never decides: rule "{before.name}" stands before it and '
                    "holds wherever it does; put the narrower rule first"
                )


def _said_by_both(before: Rule, rule: Rule) -> Iterator[str]:
    yield from (f"modes.{risk}" for risk in rule.modes if risk in before.modes)
    yield from (f"fixes.{fix}" for fix in rule.fixes if before.permit(fix, REMEDIATIONS[fix].risk))
    if rule.locks and before.locks:
        yield "locks"


def _never_counting(policy: Policy) -> Iterator[str]:
    """Entries of the lists that lie below an entry of the deny list."""
    denied = {ids.key(entry): entry for entry in policy.deny}
    for entry in policy.allow:
        if found := [denied[above] for above in _and_above(entry) if above in denied]:
            yield f"scope.allow: {entry} is never worked on: scope.deny holds {found[0]}"
    for entry in policy.deny:
        if found := [denied[above] for above in _and_above(entry)[:-1] if above in denied]:
            yield f"scope.deny: {entry} is needless: scope.deny holds {found[0]}"


def _and_above(entry: str) -> list[str]:
    """What the entry lies in, outermost first, and the entry itself, in the form for comparing."""
    parts = ids.key(entry).split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts) + 1)]


def _never_backing_up(policy: Policy, now: datetime) -> Iterator[str]:
    for window in (window for window in policy.windows if Risk.BACKUP in window.tiers):
        over = [blackout for blackout in policy.blackouts if blackout.scope.contains(window.scope)]
        if over and _covered(window, over, now):
            names = ", ".join(f'"{blackout.name}"' for blackout in over)
            yield f'window "{window.name}": no backup is ever triggered in it: blackout {names} covers all of it'


def _covered(window: Hours, over: list[Hours], now: datetime) -> bool:
    spans = list(window.spans(now, Reading.NARROW))
    return bool(spans) and all((next_outside(over, start) or start) >= end for start, end in spans)


def _of_limits(policy: Policy) -> Iterator[str]:
    limits, sweep = policy.limits, Settings().sweep_max_cases
    if limits.incident_items >= sweep:
        yield (
            f"limits.incident_items = {limits.incident_items}: a sweep opens at most {sweep} cases, so it alone never "
            f"becomes an incident by this figure; set it below {sweep}, or raise the setting SWEEP_MAX_CASES above it"
        )
    if limits.cases_at_once_per_vault > limits.cases_at_once_per_subscription:
        yield "limits.cases_at_once_per_vault is never reached: cases_at_once_per_subscription is lower"
