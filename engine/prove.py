"""Success is proof: a completed backup job and a newer recovery point that is valid in the vault."""

from dataclasses import dataclass
from datetime import timedelta

from gateway.arm.model import Job, RecoveryPoint
from remediations.facts import Facts

POINT_BEFORE_JOB = timedelta(minutes=1)
"""A recovery point bears a time shortly after its job's start: 3.8 s in the recording (samples B08, C03)."""

_STRENGTH = {"AppConsistent": 3, "FileSystemConsistent": 2, "CrashConsistent": 1}


@dataclass(frozen=True, slots=True)
class Proof:
    """What stands behind a success: `point` None where there is none yet; `weaker` says how it is worse than before."""

    job: Job
    point: RecoveryPoint | None
    weaker: str = ""

    @property
    def vaulted(self) -> bool:
        return self.job.status == "Completed" and self.point is not None and self.point.vaulted


async def look_for_proof(facts: Facts, job_name: str) -> Proof:
    """The newest point since the job began that is valid in the vault, else the newest, and how it compares with before."""
    job = await facts.job(job_name)
    points = await facts.recovery_points()
    if job.start is None:
        return Proof(job, None)
    newer = [p for p in points if p.time >= job.start - POINT_BEFORE_JOB]
    older = [p for p in points if p.time < job.start - POINT_BEFORE_JOB]
    if not newer:
        return Proof(job, None)
    best = next((p for p in newer if p.vaulted), newer[0])
    return Proof(job, best, _weaker(best, older[0]) if older else "")


def _weaker(point: RecoveryPoint, before: RecoveryPoint) -> str:
    if _STRENGTH.get(point.consistency, 0) >= _STRENGTH.get(before.consistency, 0):
        return ""
    return f"the new recovery point is {point.consistency or 'of unknown consistency'}, the one before was {before.consistency}"
