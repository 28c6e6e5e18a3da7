"""A full collection whose points are all within their retention."""

import shlex
from collections.abc import Sequence
from datetime import timedelta

from engine.causes.actions import COLLECTIONS, OVERDUE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.points import not_full, overdue, total
from gateway.arm import ids
from gateway.arm.model import Policy, RestorePoint
from remediations.facts import STANDARD_POINT_LIMIT, Facts, Unknown
from remediations.guides.commands import subscription_of

A_WEEK = 7


@cause(fixes=[], permissions=[*POLICY, *COLLECTIONS, *OVERDUE])
async def policy_keeps_too_many(evidence: Facts) -> Verdict:
    """More backups are made than fit within the days for which the policy keeps their restore points; none is overdue."""
    if why := await not_full(evidence):
        return ruled_out(why)
    policy, count = await evidence.policy(), await total(evidence)
    if late := await overdue(evidence):
        return ruled_out(
            f"{len(late)} of {count} restore points are past their retention: it is their clean-up that fails"
        )
    points = await _own_points(evidence, count)
    a_day, days = _made_a_day(points), policy.snapshot_retention_days or 0
    fewer = _days_that_fit(a_day, days)
    return confirmed(
        f"{count} restore points, none past the {days} days for which {policy.name} keeps them: {a_day:.1f} a day were made"
        f"{_by_schedule(policy, days, a_day)}",
        instructions=" ".join([*_cure(policy, a_day, days, fewer), then_back_up(evidence, _once_gone(days, fewer))]),
        shared=policy.id,
    )


async def _own_points(evidence: Facts, count: int) -> Sequence[RestorePoint]:
    """The points that this item's backups made; Unknown where others have a part in the number."""
    own = await evidence.own_collection()
    points = [point for point in (own.points if own else None) or () if point.created]
    if len(points) < STANDARD_POINT_LIMIT:
        others = ", ".join(c.name for c in await evidence.collections() if own is None or c.id != own.id)
        raise Unknown(
            f"{count - len(points)} of the {count} restore points were made by others, in {others or 'no known place'}"
        )
    return points


def _made_a_day(points: Sequence[RestorePoint]) -> float:
    times = sorted(point.created for point in points if point.created)
    return (len(times) - 1) / max((times[-1] - times[0]) / timedelta(days=1), 1.0)


def _runs_a_day(policy: Policy) -> float | None:
    """By the schedule alone; None where it is not understood."""
    runs = len(policy.run_times)
    if policy.frequency == "Weekly":
        return runs * len(policy.run_days) / A_WEEK if runs and policy.run_days else None
    return float(runs) if policy.frequency in ("Daily", "Hourly") and runs else None


def _by_schedule(policy: Policy, days: int, a_day: float) -> str:
    runs = _runs_a_day(policy)
    if runs is None:
        return ""
    made = f"{runs * days:.0f}" if runs >= 1 else f"at most {days}"
    rest = ", and backups on demand make the rest" if _on_demand(policy, a_day) else ""
    return f"; its schedule makes {runs:.2g} a day, which is {made} in that time{rest}"


def _on_demand(policy: Policy, a_day: float) -> bool:
    """Whether more were made than the schedule explains."""
    runs = _runs_a_day(policy)
    return runs is None or a_day >= runs + 0.5


def _days_that_fit(a_day: float, days: int) -> int:
    """So many days leave room for one point more, though clean-up comes up to a day late; below 1 where none do."""
    return min(int((STANDARD_POINT_LIMIT - 1) // a_day) - 1, days - 1)


def _cure(policy: Policy, a_day: float, days: int, fewer: int) -> list[str]:
    vault = policy.id.partition("/backupPolicies/")[0]
    where = f"-g {shlex.quote(ids.group(vault))} -v {ids.name(vault)} {subscription_of(vault)}"
    name, file = shlex.quote(policy.name), shlex.quote(f"{policy.name}.json")
    said = [f"Azure keeps at most {STANDARD_POINT_LIMIT} restore points of a machine under a Standard policy."]
    if _on_demand(policy, a_day):
        said.append(
            f'Make fewer backups on demand: `az backup job list {where} --operation Backup --query "[].[properties.startTime, '
            'properties.entityFriendlyName]" -o tsv` shows when they begin; ask whoever starts those that the schedule does not.'
        )
    if fewer >= 1:
        said.append(
            f"Keep them for fewer days: with {a_day:.1f} a day, {fewer} day(s) hold {a_day * fewer:.0f}. `az backup policy show "
            f"{where} -n {name} > {file}`, set `instantRpRetentionRangeInDays` in it from {days} to {fewer}, `az backup policy set "
            f"{where} -n {name} --policy {file}`. It changes every machine under this policy. What it costs: a restore from a "
            f"snapshot, which takes minutes, goes back {fewer} day(s) only; older points are restored from the vault, which takes "
            "longer. No recovery point of the vault is lost, and fewer snapshots are billed."
        )
    said.append(
        "Where many points a day are wanted, an Enhanced policy keeps more of them; a machine does not go back from it to a "
        "Standard one."
    )
    return said


def _once_gone(days: int, fewer: int) -> str:
    left = fewer if fewer >= 1 else days
    return (
        f"Points older than {left} day(s) go within hours of the next scheduled backup. Then back the machine up again"
    )
