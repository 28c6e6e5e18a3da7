"""When a backup policy runs. Pure; None wherever the schedule is not fully understood."""

from calendar import day_name
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.arm.model import Job, Policy

SCHEDULE_SLACK = timedelta(hours=2)
"""How long after its scheduled time a backup may start (support matrix: scheduled backups start within two hours)."""

RPO_FACTOR = 1.5
"""A machine is past its recovery point objective when one and a half intervals have gone by without a good point."""


def next_run(policy: Policy, after: datetime) -> datetime | None:
    """The first scheduled run after `after` (UTC)."""
    zone = zone_of(policy.time_zone)
    if zone is None or policy.frequency not in ("Daily", "Weekly", "Hourly") or not policy.run_times:
        return None
    local = after.astimezone(zone)
    for day in range(9):
        date = (local + timedelta(days=day)).date()
        if policy.frequency == "Weekly" and date.strftime("%A") not in policy.run_days:
            continue
        for hour, minute in sorted(policy.run_times):
            at = datetime(date.year, date.month, date.day, hour, minute, tzinfo=zone)
            if at > after:
                return at.astimezone(after.tzinfo)
    return None


def interval(policy: Policy) -> timedelta | None:
    """The time between two scheduled runs, the longest where they are uneven."""
    if policy.frequency == "Hourly" and policy.interval_hours:
        return timedelta(hours=policy.interval_hours)
    if policy.frequency == "Daily":
        return timedelta(days=1)
    if policy.frequency == "Weekly" and policy.run_days:
        days = sorted(at for at, name in enumerate(day_name) if name in policy.run_days)
        return timedelta(days=max(b - a for a, b in pairwise([*days, days[0] + 7]))) if days else None
    return None


def rpo(policy: Policy) -> timedelta | None:
    """How old the newest recovery point may grow before the machine counts as unprotected."""
    every = interval(policy)
    return every * RPO_FACTOR if every else None


def on_demand_today(backups: tuple[Job, ...], policy: Policy | None, now: datetime) -> int:
    """The item's backups of this UTC day that no schedule explains; all of them where the schedule is unknown."""
    today = [j.start for j in backups if j.start and j.start.date() == now.date()]
    runs = {run for start in today if policy and (run := _scheduled_run(start, policy))}
    return len(today) - len(runs)  # one scheduled run explains one backup


def _scheduled_run(start: datetime, policy: Policy) -> datetime | None:
    """The run of the schedule that a job of this start can be."""
    run = next_run(policy, start - SCHEDULE_SLACK)
    return run if run is not None and run <= start + timedelta(minutes=1) else None


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of that name, None where there is none; Azure Backup names zones as Windows does, such as `W. Europe Standard Time`."""
    from tzlocal.windows_tz import win_tz

    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name such as `Europe` is a folder
        return None
