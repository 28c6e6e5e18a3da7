"""Gets a backup made and follows it to its end; the step that every runbook closes with.

What it knows: an on-demand backup is never asked for while a job runs; after an unlock the first one is expected to
fail with the same code, clean-up follows within hours, and then the next scheduled run is preferred to another
on-demand one (azure-facts 0.5). It answers `NotApplicable` when the backup keeps failing: the next step may help.
"""

from datetime import datetime, timedelta

from gateway.arm import ids
from gateway.arm.errors import Refused
from gateway.arm.model import Job, Policy, Started
from remediations.backups.later_backups import candidate
from remediations.backups.schedule import SCHEDULE_SLACK, next_run, on_demand_today, rpo
from remediations.contract import Attempt, Done, NotApplicable, Result, Risk, Scene, TryLater, remediation
from remediations.facts import Unknown
from remediations.platform.ailing import BETWEEN, ailing

POLL_S = 600.0
"""Between two looks at a running job; a recorded one took 41 minutes (sample B08), reads are metered per hour."""
LOOK_SOON_S = 60.0
MAYBE_DONE_FOR = timedelta(minutes=10)
CLOCKS_DIFFER = timedelta(minutes=5)
CLEAN_UP_S = 1800.0
CLEAN_UP_HOURS = 12.0
"""How long clean-up may take after the first backup ("within hours"); the count of points must fall by then."""
SCHEDULE_WITHIN = timedelta(hours=26)
"""How long the next scheduled run is waited for: a day and its slack; a lock must not stay lifted for a weekly policy."""
RETENTION_DAYS = 30
ON_DEMAND_PER_DAY = 2
"""Azure supports three on-demand backups a day, with a hard stop at nine attempts (azure-facts 0.9)."""
COLLECTION_DELETED = "usererrorrpcollectiondeleted"
"""What the first backup may report after a whole collection was deleted (coverage C3)."""
QUOTA_CODES = ("CloudDosAbsoluteLimitReached", "CloudDosTimeboudLimitReached", "UserErrorMaxLimitReached")


async def touched(at: Scene) -> tuple[str, ...]:
    """The protected item alone."""
    return (ids.key(at.target.item_id),)


@remediation(
    risk=Risk.BACKUP,
    preview=touched,
    permissions=[
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read",
        "Microsoft.RecoveryServices/Vaults/backupOperations/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read",
        "Microsoft.RecoveryServices/Vaults/backupJobs/read",
        "Microsoft.RecoveryServices/Vaults/backupPolicies/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/restorePointCollections/read",
        "Microsoft.Compute/restorePointCollections/restorePoints/read",
    ],
)
async def trigger_backup(at: Scene) -> Result:
    """Trigger an on-demand backup, or wait for a better one to come, and follow it to its end."""
    if running := await at.facts.running():
        return TryLater(POLL_S, at.memo, f"the {running[0].operation.lower()} job {running[0].name} is running")
    judged = await _judge_newest(at)
    if judged is not None:
        return judged
    if at.memo.get("expected_failure"):
        return await _wait_for_clean_up(at)
    return await _trigger(at)


async def _judge_newest(at: Scene) -> Result | None:
    """What the newest backup since the fix tells; None where there is none that was not judged before."""
    job = await candidate(at)
    if job is None or job.name in at.memo.get("judged", ()):
        return None
    if job.running:
        return TryLater(POLL_S, at.memo, f"the backup job {job.name} is running")
    if job.status == "Completed":
        return Done(f"the backup job {job.name} completed", job=job.name)
    return await _judge_failure(at, await at.facts.job(job.name))


async def _judge_failure(at: Scene, job: Job) -> Result:
    if job.tasks.get("Take Snapshot") == "Completed" and job.status == "CompletedWithWarnings":
        return Done(f"the backup job {job.name} took a snapshot, its transfer failed with {job.code}", job=job.name)
    if job.code.casefold() == COLLECTION_DELETED and not at.memo.get("own_failures"):
        memo = {**_judged(at, job), "own_failures": [job.name]}
        memo.pop("job", None)
        return TryLater(LOOK_SOON_S, memo, f"the first backup after the deletion failed with {job.code} as expected")
    first = not at.memo.get("expected_failure")
    same = job.code.casefold() == at.target.code.casefold()
    if at.params.get("first_failure") == "expected" and first and same:
        memo = {
            **_judged(at, job),
            "expected_failure": job.name,
            "own_failures": [job.name],
            "points": await _count_points(at),
            "clean_up_by": (at.now + timedelta(hours=CLEAN_UP_HOURS)).isoformat(),
        }
        memo.pop("job", None)
        return TryLater(CLEAN_UP_S, memo, f"the first backup failed with {job.code} as expected; clean-up follows")
    if same and not first and not at.memo.get("fallen"):
        return TryLater(CLEAN_UP_S, _judged(at, job), f"the backup {job.name} failed alike; clean-up is not done yet")
    detail = f"{job.code or job.status}: {job.errors[0].message if job.errors else 'no details'}"
    return NotApplicable(f"the backup job {job.name} ended {job.status} with {detail}", job.name)


def _judged(at: Scene, job: Job) -> dict[str, object]:
    return {**at.memo, "judged": [*at.memo.get("judged", ()), job.name]}


async def _count_points(at: Scene) -> int:
    collection = await at.facts.own_collection()
    return len(collection.points or ()) if collection else 0


async def _wait_for_clean_up(at: Scene) -> Result:
    """Until the count of points falls, then for the next scheduled run; a count that never falls ends this step."""
    if not at.memo.get("fallen"):
        left = await _count_points(at)
        if left >= int(at.memo["points"]):
            if at.now >= datetime.fromisoformat(at.memo["clean_up_by"]):
                return NotApplicable(
                    f"no restore point was cleaned up within {CLEAN_UP_HOURS:g} hours; {left} are left"
                )
            return TryLater(CLEAN_UP_S, at.memo, f"waiting for clean-up; {left} restore points")
        at.memo["fallen"] = at.now.isoformat()
    fallen = datetime.fromisoformat(at.memo["fallen"])
    run = next_run(await at.facts.policy(), fallen)
    if run is not None and run - fallen <= SCHEDULE_WITHIN and at.now < run + SCHEDULE_SLACK:
        wait = max((run - at.now).total_seconds(), POLL_S)
        return TryLater(wait, at.memo, f"points were cleaned up; waiting for the scheduled backup of {run:%H:%M} UTC")
    return await _trigger(at)


async def _trigger(at: Scene) -> Result:
    """Ask for a backup, once: an earlier asking of unknown end is looked for first."""
    attempt = await at.changes.attempt("backup.trigger", at.target.item_id)
    mine = attempt is not None and attempt.begun >= at.since
    if attempt is not None and mine and attempt.begun.isoformat() not in at.memo.get("begun", ()):
        return await _adopt(at, attempt)
    if wait := await _not_yet(at):
        return wait
    days = int(at.params.get("retention_days", RETENTION_DAYS))
    try:
        started = await at.changes.trigger_backup(at.now + timedelta(days=days))
    except Refused as e:
        return _refused(at, e)
    return await _followed(at, Attempt(at.now, started.operation), started)


async def _adopt(at: Scene, attempt: Attempt) -> Result:
    """Take up a backup that was asked for before: by its operation, or by a job that has begun since."""
    if attempt.operation:
        return await _followed(at, attempt, Started(attempt.operation, ""))
    begun = [j for j in await at.facts.backups() if j.start and j.start >= attempt.begun - CLOCKS_DIFFER]
    if begun and begun[0].name not in at.memo.get("judged", ()):
        return TryLater(LOOK_SOON_S, _begun(at, attempt, begun[0].name), f"the backup asked for is {begun[0].name}")
    if at.now - attempt.begun < MAYBE_DONE_FOR:
        return TryLater(LOOK_SOON_S, at.memo, "a backup was asked for and may have begun; looking for its job")
    return TryLater(1, _begun(at, attempt, ""), "the backup asked for never began; asking again")


async def _followed(at: Scene, attempt: Attempt, started: Started) -> Result:
    job = await at.changes.job_of(started)
    if not job:
        return TryLater(LOOK_SOON_S, at.memo, "a backup was asked for; Azure has not named its job yet")
    return TryLater(POLL_S, _begun(at, attempt, job), f"an on-demand backup was triggered: job {job}")


def _begun(at: Scene, attempt: Attempt, job: str) -> dict[str, object]:
    return {**at.memo, "begun": [*at.memo.get("begun", ()), attempt.begun.isoformat()], "job": job}


async def _not_yet(at: Scene) -> Result | None:
    """Why no backup may be asked for now."""
    machine = await at.facts.machine()
    if machine.provisioning_state in ("Updating", "Creating"):
        return TryLater(300, at.memo, f"{machine.name} is {machine.provisioning_state}")
    if machine.power in BETWEEN:
        return TryLater(300, at.memo, f"{machine.name} is {machine.power}")
    if at.params.get("when_well") is True and (wrong := ailing(machine)):
        return NotApplicable(f"{wrong}: a backup would fail again")
    policy = await _policy(at)
    if wait := await _scheduled_run_is_better(at, policy):
        return wait
    spaced = at.target.failed_at + timedelta(seconds=float(at.params.get("spacing_s", 0)))
    if at.now < spaced:
        return TryLater((spaced - at.now).total_seconds(), at.memo, "a passing error: letting some time go by first")
    limit = int(at.params.get("on_demand_per_day", ON_DEMAND_PER_DAY))
    if on_demand_today(await at.facts.backups(), policy, at.now) >= limit:
        return _tomorrow(at, f"{limit} on-demand backups were made today")
    return None


async def _policy(at: Scene) -> Policy | None:
    try:
        return await at.facts.policy()
    except Unknown:
        return None


async def _scheduled_run_is_better(at: Scene, policy: Policy | None) -> TryLater | None:
    """A passing error, and the next scheduled run comes before the machine is past its RPO: wait for that."""
    if policy is None or at.params.get("prefer_schedule") is not True:
        return None
    run, allowed = next_run(policy, at.target.failed_at), rpo(policy)
    newest = next((point.time for point in await at.facts.recovery_points()), None)
    if run is None or allowed is None or newest is None or run > newest + allowed or at.now > run + SCHEDULE_SLACK:
        return None
    wait = max((run - at.now).total_seconds(), POLL_S)
    return TryLater(wait, at.memo, f"a passing error: the scheduled backup of {run:%H:%M} UTC is within the RPO")


def _tomorrow(at: Scene, why: str) -> TryLater:
    midnight = (at.now + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
    return TryLater((midnight - at.now).total_seconds(), at.memo, f"{why}; waiting for the next UTC day")


def _refused(at: Scene, e: Refused) -> Result:
    if e.code in QUOTA_CODES:
        return _tomorrow(at, f"Azure's quota of on-demand backups is spent ({e.code})")
    return NotApplicable(f"Azure refused the backup: {e}")
