"""Ends a backup that hangs in its snapshot; a person always decides, and a transfer is only waited for."""

from datetime import timedelta

from gateway.arm import ids
from gateway.arm.errors import NotFound, Refused
from gateway.arm.model import Job
from remediations.backups.stuck_jobs import since, snapshot_stuck, stop_command
from remediations.contract import (
    Done,
    NeedsApproval,
    NeedsPerson,
    NothingToDo,
    Result,
    Risk,
    Scene,
    TryLater,
    remediation,
)

POLL_S = 900.0
"""Between two looks at a job that is waited for; Azure Backup meters reads per hour."""
LOOK_SOON_S = 60.0
ENDS_WITHIN = timedelta(minutes=30)
"""From the cancellation; the recording of one says only that it was accepted (sample C02)."""
MAYBE_DONE_FOR = timedelta(minutes=10)


async def touched(at: Scene) -> tuple[str, ...]:
    """The stuck job."""
    return tuple(ids.key(job.id) for job in await at.facts.unfinished_backups() if snapshot_stuck(job, at.now))


@remediation(
    risk=Risk.BACKUP,
    preview=touched,
    permissions=[
        "Microsoft.RecoveryServices/Vaults/backupJobs/cancel/action",
        "Microsoft.RecoveryServices/Vaults/backupJobs/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
        "Microsoft.ResourceGraph/resources/read",
    ],
)
async def cancel_backup_job(at: Scene) -> Result:
    """Wait for the running backup job; one that hangs in its snapshot is cancelled, once a person has agreed to exactly that."""
    running = await at.facts.unfinished_backups()
    if not running:
        return await _elsewhere(at) if at.params.get("elsewhere") is True else await _ended(at)
    job = running[0]
    attempt = await at.changes.attempt("job.cancel", job.id)
    if attempt is not None and attempt.begun >= at.since:
        lost = not attempt.operation and at.now - attempt.begun >= MAYBE_DONE_FOR and job.status == "InProgress"
        if not lost:
            return _wait(at, job, at.now - attempt.begun)
    if not snapshot_stuck(job, at.now):
        return _waits(at, job)
    if at.params.get("agreed") != job.name:
        return _asks(at, job)
    return await _cancel(at, job)


async def _elsewhere(at: Scene) -> Result:
    """Another vault's job is waited for, never cancelled: that vault may not be ours to change."""
    running = await at.facts.unfinished_elsewhere()
    if not running:
        return Done("no backup job of the machine runs in another vault any more")
    job = running[0]
    if not snapshot_stuck(job, at.now):
        return _waits(at, job)
    vault = job.id.partition("/backupJobs/")[0]
    return NeedsPerson(
        f"The backup job {job.name} of the vault {ids.name(vault)} ({ids.group(vault)}) hangs in its snapshot "
        f"{since(job, at.now)}. Its owner can cancel it: {stop_command(job)}. Then back the machine up again, and stop its "
        "protection in that vault, keeping its data."
    )


def _waits(at: Scene, job: Job) -> Result:
    return TryLater(POLL_S, at.memo, f"the backup job {job.name} runs {since(job, at.now)}; its end is waited for")


async def _ended(at: Scene) -> Result:
    """No unfinished job is listed; the one that was to be cancelled is asked for by name, since lists lag behind."""
    name = str(at.memo.get("job") or at.params.get("agreed") or "")
    if not name:
        return NothingToDo("no backup job of the machine is running any more")
    try:
        job = await at.facts.job(name)
    except NotFound:
        return Done(f"the backup job {name} is gone")
    if job.running:
        return TryLater(LOOK_SOON_S, {**at.memo, "job": name}, f"the backup job {name} is {job.status}")
    return Done(f"the backup job {name} ended {job.status}")


def _wait(at: Scene, job: Job, waited: timedelta) -> Result:
    if waited < ENDS_WITHIN:
        return TryLater(LOOK_SOON_S, {**at.memo, "job": job.name}, f"the backup job {job.name} is being cancelled")
    return NeedsPerson(
        f"The backup job {job.name} was cancelled {waited.total_seconds() / 60:.0f} minutes ago and is still {job.status}. "
        "Azure Backup has to end it: open a support request that names the job and its vault."
    )


def _asks(at: Scene, job: Job) -> Result:
    return NeedsApproval(
        f"the backup job {job.name} has been taking its snapshot {since(job, at.now)}; it would be cancelled, without a "
        "recovery point, and a new backup made",
        {"agreed": job.name},
        (ids.key(job.id),),
        "Cancel the backup job that hangs in its snapshot.",
    )


async def _cancel(at: Scene, job: Job) -> Result:
    try:
        await at.changes.cancel_job(job)
    except Refused as e:
        return NeedsPerson(
            f"Azure does not cancel the backup job {job.name}: {e}. A transfer cannot be cancelled: wait for its end, and "
            f"if it does not come, ask Microsoft support. To try again: {stop_command(job)}"
        )
    return TryLater(LOOK_SOON_S, {**at.memo, "job": job.name}, f"the backup job {job.name} is being cancelled")
