"""Which backup job can prove that backups work again."""

from datetime import datetime

from gateway.arm.errors import NotFound
from gateway.arm.model import Job
from remediations.contract import Scene


async def candidate(at: Scene) -> Job | None:
    """The newest backup job that can prove something: begun after this case's last change and after
    the failure, or, where it changed nothing, ended after the failure."""
    followed = await _followed(at)
    last = await at.changes.last_change()
    later = [job for job in await at.facts.backups() if _later(job, last, at.target.failed_at)]
    known = {job.name for job in later}
    jobs = later + [job for job in followed if job.name not in known]
    return max(jobs, key=lambda job: job.start or at.now, default=None)


def _later(job: Job, last_change: datetime | None, failed_at: datetime) -> bool:
    if last_change is not None:
        return job.start is not None and job.start >= last_change and job.start > failed_at
    return job.end is not None and job.end > failed_at and (job.start or failed_at) != failed_at


async def _followed(at: Scene) -> list[Job]:
    """The job that this step asked for; one that cannot be read yet is none yet: new jobs show up late."""
    if not at.memo.get("job"):
        return []
    try:
        return [await at.facts.job(at.memo["job"])]
    except NotFound:
        return []
