"""Ends a backup that hangs in its snapshot; a person always decides, and a transfer is only waited for."""

from collections.abc import Awaitable
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
from remediations.fence import outside_job
from remediations.guides.commands import back_up, stop_protection

POLL_S = 900.0
"""Between two looks at a job that is waited for; Azure Backup meters reads per hour."""
LOOK_SOON_S = 60.0
ENDS_WITHIN = timedelta(minutes=30)
"""From the cancellation; the recording of one says only that it was accepted (sample C02)."""
MAYBE_DONE_FOR = timedelta(minutes=10)


async def touched(at: Scene) -> tuple[str, ...]:
    """The stuck job; where the plan looks for it in another vault too, the one there."""
    running = list(await at.facts.unfinished_backups())
    if at.params.get("elsewhere") is True:
        running += await at.facts.unfinished_elsewhere()
    return tuple(ids.key(job.id) for job in running if snapshot_stuck(job, at.now))


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
    if running := await at.facts.unfinished_backups():
        return await _look_at(at, running[0])
    if at.params.get("elsewhere") is not True:
        return await _ended(at)
    if not (running := await at.facts.unfinished_elsewhere()):
        return await _ended_elsewhere(at)
    if snapshot_stuck(running[0], at.now) and (stranger := await _outside(at, running[0])):
        return _leaves(at, running[0], stranger)
    return await _look_at(at, running[0])


async def _look_at(at: Scene, job: Job) -> Result:
    attempt = await at.changes.attempt("job.cancel", job.id)
    if attempt is not None and attempt.begun >= at.since:
        lost = not attempt.operation and at.now - attempt.begun >= MAYBE_DONE_FOR and job.status == "InProgress"
        if not lost:
            return _wait(at, job, at.now - attempt.begun)
    if not snapshot_stuck(job, at.now):
        return _waits(at, job)
    if at.params.get("agreed") != _named(at, job):
        return _asks(at, job)
    return await _cancel(at, job)


def _named(at: Scene, job: Job) -> str:
    """What a person agrees to: a job of the item's vault by its name, one of another vault by its id, which names that vault."""
    return job.name if ids.within(job.id, at.facts.vault_id) else ids.key(job.id)


async def _outside(at: Scene, job: Job) -> str:
    """Why the other vault's job is not surely this machine's; Resource Graph, which told of that vault, may be minutes old."""
    try:
        there = await at.facts.other_item(ids.vault_of(job.id))
    except NotFound:
        return f"the vault {ids.name(ids.vault_of(job.id))} does not know the machine by now"
    return outside_job(job, there, (await at.facts.item()).machine_id)


def _leaves(at: Scene, job: Job, why: str) -> Result:
    return NeedsPerson(
        f"The backup job {job.name} of {_place(job)} hangs in its snapshot {since(job, at.now)}, and it is not cancelled: "
        f"{why}. Its owner can cancel it: `{stop_command(job)}`. Then back the machine up again: "
        f"`{back_up(at.target.item_id, at.now)}`. {_parting(at, job)}"
    )


def _place(job: Job) -> str:
    vault = ids.vault_of(job.id)
    return f"the vault {ids.name(vault)} in the group {ids.group(vault)}"


def _parting(at: Scene, job: Job) -> str:
    """So that the two vaults never meet again."""
    return (
        "Stop its protection in that vault, keeping its data: "
        f"`{stop_protection(at.facts.item_in(ids.vault_of(job.id)))}`."
    )


def _waits(at: Scene, job: Job) -> Result:
    return TryLater(POLL_S, at.memo, f"the backup job {job.name} runs {since(job, at.now)}; its end is waited for")


async def _ended(at: Scene) -> Result:
    """No unfinished job is listed; the one that was to be cancelled is asked for by name, since lists lag behind."""
    name = str(at.memo.get("job") or at.params.get("agreed") or "")
    if not name:
        return NothingToDo("no backup job of the machine is running any more")
    return await _seen_to_end(at, name, at.facts.job(name))


async def _ended_elsewhere(at: Scene) -> Result:
    """The same of another vault, where a job is known by its id."""
    named = [str(one) for one in (at.memo.get("job"), at.params.get("agreed")) if ids.vault_of(str(one or ""))]
    if not named:
        return Done("no backup job of the machine runs in another vault any more")
    return await _seen_to_end(at, named[0], at.facts.other_job(named[0]))


async def _seen_to_end(at: Scene, named: str, asked: Awaitable[Job]) -> Result:
    name = ids.name(named)
    try:
        job = await asked
    except NotFound:
        return Done(f"the backup job {name} is gone")
    if job.running:
        return TryLater(LOOK_SOON_S, {**at.memo, "job": named}, f"the backup job {name} is {job.status}")
    return Done(f"the backup job {name} ended {job.status}")


def _wait(at: Scene, job: Job, waited: timedelta) -> Result:
    if waited < ENDS_WITHIN:
        again = max(LOOK_SOON_S, waited.total_seconds() / 2)  # each look reads two vaults: the later, the further apart
        return TryLater(again, {**at.memo, "job": _named(at, job)}, f"the backup job {job.name} is being cancelled")
    return NeedsPerson(
        f"The backup job {job.name} was cancelled {waited.total_seconds() / 60:.0f} minutes ago and is still {job.status}. "
        "Azure Backup has to end it: open a support request that names the job and its vault."
    )


def _asks(at: Scene, job: Job) -> Result:
    since_when = (
        f"has been taking its snapshot {since(job, at.now)}; it would be cancelled, without a recovery point, and"
    )
    what, where = f"the backup job {job.name} {since_when} a new backup made", ""
    if not ids.within(job.id, at.facts.vault_id):
        what = (
            f"the backup job {job.name} of {_place(job)}, which protected the machine before, {since_when} a new backup made in "
            f"{ids.name(at.facts.vault_id)}. Afterwards, by hand: {_parting(at, job)}"
        )
        where = f" of {_place(job)}, which is not the item's own"
    effect = f"Cancel the backup job that hangs in its snapshot{where}."
    return NeedsApproval(what, {"agreed": _named(at, job)}, (ids.key(job.id),), effect)


async def _cancel(at: Scene, job: Job) -> Result:
    try:
        await at.changes.cancel_job(job)
    except Refused as e:
        return NeedsPerson(
            f"Azure does not cancel the backup job {job.name}: {e}. A transfer cannot be cancelled: wait for its end, and "
            f"if it does not come, ask Microsoft support. To try again: `{stop_command(job)}`."
        )
    return TryLater(LOOK_SOON_S, {**at.memo, "job": _named(at, job)}, f"the backup job {job.name} is being cancelled")
