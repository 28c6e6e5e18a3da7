"""A state of the service that Azure heals by itself."""

from engine.causes.actions import JOBS
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.facts import Facts

CODE = "usererrorprot32dallocationpending"
HEALS_WITHIN_S = 48 * 3600
"""Microsoft's self-help article on the code: it heals within 48 hours, and nothing is to be done (azure-facts, B)."""


@cause(
    fixes=[step("trigger_backup", prefer_schedule=True, spacing_s=HEALS_WITHIN_S)],
    permissions=[*JOBS],
)
async def allocation_pending(evidence: Facts) -> Verdict:
    """Azure still allocates what the backup needs, which heals by itself within 48 hours; the next backups are waited for."""
    job = await evidence.failed_job()
    if job.code.casefold() != CODE:
        return ruled_out(f"the job {job.name} failed with {job.code or 'no code'}")
    return confirmed(f"the job {job.name} says that an allocation is pending; it heals by itself within 48 hours")
