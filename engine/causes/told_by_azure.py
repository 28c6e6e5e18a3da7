"""An error that is its own cause: Azure says what is wrong, and no fact could say it better."""

from engine.causes.actions import JOBS
from engine.causes.contract import Verdict, cause, confirmed
from remediations.facts import Facts, Unknown


@cause(fixes=[], permissions=[*JOBS])
async def told_by_azure(evidence: Facts) -> Verdict:
    """Azure's own error in the failed job names the cause; what it takes is in a person's hands."""
    job = await evidence.failed_job()
    if not job.errors:
        raise Unknown(f"the failed job {job.name} holds no error")
    words = job.dynamic_message or job.errors[0].message or "no message"
    return confirmed(f"the job {job.name} failed with {job.code}: {words}")
