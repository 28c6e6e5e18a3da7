"""A backup of the same machine whose transfer does not end."""

from engine.causes.actions import ITEM, UNFINISHED
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from remediations.backups.stuck_jobs import TRANSFER_STUCK_AFTER, since, transfer_stuck
from remediations.facts import Facts
from remediations.guides.commands import subscription_of


@cause(fixes=[], permissions=[*ITEM, *UNFINISHED])
async def transfer_endless(evidence: Facts) -> Verdict:
    """A backup job has been moving its data to the vault for days; such a job cannot be cancelled."""
    stuck = [job for job in await evidence.unfinished_backups() if transfer_stuck(job, evidence.now)]
    days = f"{TRANSFER_STUCK_AFTER.total_seconds() / 86400:g} days"
    if not stuck:
        return ruled_out(f"no backup job of the machine has been transferring for over {days}")
    if (await evidence.item()).protection_state == "IRPending":
        return ruled_out(f"the first backup is being made, which may take longer than {days}")
    job = stuck[0]
    return confirmed(
        f"the backup job {job.name} has been transferring {since(job, evidence.now)}",
        instructions=(
            f"A transfer cannot be cancelled. Look at its progress: `az backup job show -g {ids.group(evidence.vault_id)} "
            f"-v {ids.name(evidence.vault_id)} -n {job.name} {subscription_of(evidence.vault_id)}`. Where it does not move, open a support request that names this "
            "job. See whether the disks' storage is short of IOPS, and spread backups that begin at one time. "
            f"{then_back_up(evidence, 'When the job has ended, back the machine up again')}"
        ),
    )
