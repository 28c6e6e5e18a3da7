"""Another backup of the same machine."""

from engine.causes.actions import POLICY, UNFINISHED
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from gateway.arm.model import Job
from remediations.backups.schedule import interval
from remediations.facts import Facts, Unknown


@cause(fixes=[step("cancel_backup_job"), step("trigger_backup")], permissions=[*UNFINISHED, *POLICY])
async def backup_running(evidence: Facts) -> Verdict:
    """Another backup job of the machine is running; its end is waited for."""
    running = await evidence.unfinished_backups()
    if not running:
        return ruled_out("no backup job of the machine is running in this vault")
    job = running[0]
    since = f" since {job.start:%Y-%m-%d %H:%M} UTC" if job.start else ""
    return confirmed(f"the backup job {job.name} is running{since}{await _overlap(evidence, job)}")


async def _overlap(evidence: Facts, job: Job) -> str:
    """Whether the schedule itself makes two backups meet."""
    try:
        every = interval(await evidence.policy())
    except Unknown:
        every = None
    if every is None or job.start is None or evidence.now - job.start < every:
        return "; look at the schedule if this comes again"
    return (
        f": longer than the {every.total_seconds() / 3600:g} hours between two scheduled backups, so the schedule overlaps; "
        "run the policy less often, or look at the disks' size and IOPS, if this comes again"
    )
