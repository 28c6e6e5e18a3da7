"""Another backup of the same machine."""

from engine.causes.actions import JOBS
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.facts import Facts


@cause(fixes=[step("trigger_backup")], permissions=[*JOBS])
async def backup_running(evidence: Facts) -> Verdict:
    """Another backup job of the machine is running; its end is waited for."""
    running = [job for job in await evidence.running() if job.operation == "Backup"]
    if not running:
        return ruled_out("no backup job of the machine is running in this vault")
    since = f" since {running[0].start:%Y-%m-%d %H:%M} UTC" if running[0].start else ""
    return confirmed(
        f"the backup job {running[0].name} is running{since}; look at the schedule if this comes again",
    )
