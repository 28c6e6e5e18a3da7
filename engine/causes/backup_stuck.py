"""A backup of the same machine that hangs in its snapshot."""

from engine.causes.actions import UNFINISHED
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.backups.stuck_jobs import STUCK_AFTER, since, snapshot_stuck, stop_command
from remediations.facts import Facts


@cause(fixes=[step("cancel_backup_job"), step("trigger_backup")], permissions=[*UNFINISHED])
async def backup_stuck(evidence: Facts) -> Verdict:
    """A backup job of the machine has been taking its snapshot for hours and keeps every other from beginning."""
    running = await evidence.unfinished_backups()
    if not running:
        return ruled_out("no backup job of the machine is unfinished in this vault")
    job = running[0]
    if not snapshot_stuck(job, evidence.now):
        hours = STUCK_AFTER.total_seconds() / 3600
        return ruled_out(f"the backup job {job.name} is not in a snapshot of over {hours:g} hours")
    return confirmed(
        f"the backup job {job.name} has been taking its snapshot {since(job, evidence.now)}",
        instructions=(
            "Look into the guest for what keeps the snapshot (pre-scripts, VSS writers, a frozen file system), then cancel it: "
            f"`{stop_command(job)}`. {then_back_up(evidence)}"
        ),
    )
