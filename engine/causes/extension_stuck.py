"""Azure Backup's own extension is being removed, and never gone."""

from datetime import timedelta

from engine.causes.actions import JOBS, MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.facts import Facts, Unknown

DELETING_FOR = timedelta(minutes=15)
"""From the failure that it caused; a recorded deletion took 11 s (sample C27)."""


@cause(
    fixes=[step("reinstall_snapshot_extension", stuck=True), step("trigger_backup")],
    permissions=[*MACHINE, *JOBS],
)
async def extension_stuck(evidence: Facts) -> Verdict:
    """The VMSnapshot extension has been in deletion since the backup failed; it is asked to go once more."""
    machine = await evidence.machine()
    extension = next((e for e in machine.extensions if e.is_backup), None)
    if extension is None or extension.state != "Deleting":
        return ruled_out("the backup extension is not being removed")
    ended = (await evidence.failed_job()).end
    if ended is None or evidence.now - ended < DELETING_FOR:
        raise Unknown(f"{extension.name} is being removed, since when is not known")
    minutes = (evidence.now - ended).total_seconds() / 60
    return confirmed(f"{extension.name} is still Deleting {minutes:.0f} minutes after the backup failed")
