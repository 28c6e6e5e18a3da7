"""What a protected item says about itself after a backup."""

from dataclasses import replace

from sandbox.model import Item, Job


def show_failure(item: Item, job: Job) -> Item:
    """After a job with an error. A second job that found the first still running leaves the item as it is."""
    if job.problem and job.problem.title == "UserErrorBackupOperationInProgress":
        return item
    return replace(item, last_status=job.status, last_time=job.start, problem=job.problem)


def show_success(item: Item, job: Job) -> Item:
    return replace(item, last_status="Completed", last_time=job.start, problem=None, protection_state="Protected")
