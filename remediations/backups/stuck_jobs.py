"""When a running backup job counts as stuck. Pure."""

from datetime import datetime, timedelta

from gateway.arm import ids
from gateway.arm.model import Job

SNAPSHOT, TRANSFER = "Take Snapshot", "Transfer data to vault"
STUCK_AFTER = timedelta(hours=4)
"""Our choice: a recorded snapshot took under 8 minutes (sample B08), and no documented one takes hours."""
TRANSFER_STUCK_AFTER = timedelta(hours=72)
"""Our choice: the documentation promises less than 24 hours for an incremental backup, and days for a first one."""


def takes_snapshot(job: Job) -> bool:
    """Whether the job is in its snapshot and not beyond; only such a one can be cancelled (documentation; sample C02)."""
    return job.tasks.get(SNAPSHOT) == "InProgress" and job.status == "InProgress"


def snapshot_stuck(job: Job, now: datetime) -> bool:
    """Whether the job hangs in its snapshot."""
    return takes_snapshot(job) and job.cancellable and _older(job, now, STUCK_AFTER)


def transfer_stuck(job: Job, now: datetime) -> bool:
    return job.running and job.tasks.get(TRANSFER) == "InProgress" and _older(job, now, TRANSFER_STUCK_AFTER)


def _older(job: Job, now: datetime, limit: timedelta) -> bool:
    return job.start is not None and now - job.start >= limit


def since(job: Job, now: datetime) -> str:
    """When it began and how long that is, in words."""
    if job.start is None:
        return "since an unknown time"
    return f"since {job.start:%Y-%m-%d %H:%M} UTC, {(now - job.start).total_seconds() / 3600:.0f} hours"


def stop_command(job: Job) -> str:
    """How a person cancels the job."""
    vault = job.id.partition("/backupJobs/")[0]
    return (
        f"az backup job stop -g {ids.group(vault)} -v {ids.name(vault)} -n {job.name} "
        f"--subscription {ids.subscription(vault)}"
    )
