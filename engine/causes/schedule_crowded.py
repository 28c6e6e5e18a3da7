"""Too many backups that begin at one time."""

from datetime import timedelta

from engine.causes.actions import JOBS
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm.ids import ItemId
from gateway.arm.model import Job
from remediations.facts import Facts, Unknown

WINDOW = timedelta(minutes=30)
CROWD, ALIKE = 10, 3
"""Our choice: so many backups of one vault at one time, of which so many failed by their transfer, are a crowd. The article
names no figure; it asks to spread the machines over schedules."""
TRANSFER_CODES = {
    *("copyingvhdsfrombackupvaulttakinglongtime", "diffcopyfailedtotransferdata", "400052"),
    *("datatransferfromvaultfailed", "400004"),
}
"""Codes of a data transfer that failed or took too long."""


@cause(fixes=[], permissions=[*JOBS])
async def schedule_crowded(evidence: Facts) -> Verdict:
    """Many machines of the vault are backed up at the same time, and their transfers get in each other's way."""
    failed = await evidence.failed_job()
    if failed.start is None:
        raise Unknown(f"the job {failed.name} does not say when it began")
    jobs = [job for job in await evidence.vault_jobs() if job.operation == "Backup" and job.start]
    near = [job for job in jobs if job.start and abs(job.start - failed.start) <= WINDOW]
    alike = [job for job in near if job.code.casefold() in TRANSFER_CODES]
    if len(near) < CROWD or len(alike) < ALIKE:
        return ruled_out(
            f"{len(near)} backups of the vault began within {WINDOW.seconds // 60} minutes of it, {len(alike)} of them failed "
            "by their transfer: that is no crowd"
        )
    return _crowd(failed, near, alike, ItemId.parse(evidence.item_id).vault_id)


def _crowd(failed: Job, near: list[Job], alike: list[Job], vault: str) -> Verdict:
    names = sorted({job.friendly_name for job in alike if job.friendly_name})
    return confirmed(
        f"{len(near)} backups of the vault began within {WINDOW.seconds // 60} minutes of {failed.start:%H:%M} UTC, and "
        f"{len(alike)} of them failed by their transfer",
        instructions=(
            f"Spread these machines over several policies whose runs lie hours apart; at {failed.start:%H:%M} UTC begin "
            f"{len(near)} at once. Move first those that failed: {', '.join(names[:10])}. `az backup item set-policy` puts a "
            "machine under another policy: choose one that keeps its points at least as long, since a shorter one expires "
            "points. Where it goes on, look whether the disks' storage is short of IOPS at that time."
        ),
        shared=f"{vault} {failed.start:%Y-%m-%d}",
    )
