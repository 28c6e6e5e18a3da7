"""A backup of the same machine that runs in another vault."""

from engine.causes.actions import OTHER_VAULTS
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from gateway.arm import ids
from remediations.backups.stuck_jobs import since, snapshot_stuck, stop_command
from remediations.facts import Facts
from remediations.guides.commands import stop_protection, subscription_of


@cause(fixes=[step("cancel_backup_job", elsewhere=True), step("trigger_backup")], permissions=[*OTHER_VAULTS])
async def backup_in_old_vault(evidence: Facts) -> Verdict:
    """A backup job of the machine runs in the vault that protected it before."""
    running = await evidence.unfinished_elsewhere()
    if not running:
        others = [ids.name(vault) for vault in await evidence.other_vaults()]
        return ruled_out(
            f"no backup job of the machine runs in {', '.join(others)}"
            if others
            else "no other vault of the subscription knows the machine"
        )
    job = running[0]
    vault = job.id.partition("/backupJobs/")[0]
    place = f"the vault {ids.name(vault)} of the group {ids.group(vault)}"
    how = (
        f"It hangs in its snapshot: its owner can cancel it, `{stop_command(job)}`"
        if snapshot_stuck(job, evidence.now)
        else f"Wait for its end: `az backup job wait -g {ids.group(vault)} -v {ids.name(vault)} -n {job.name} {subscription_of(vault)}`"
    )
    return confirmed(
        f"the backup job {job.name} runs in {place} {since(job, evidence.now)}",
        instructions=(
            f"The machine stands in two vaults. {how}. "
            f"{then_back_up(evidence, f'Then back it up in {ids.name(evidence.vault_id)}')} Stop its protection in {place} for "
            f"good, keeping its data, so that the two never meet again: `{stop_protection(evidence.item_in(vault))}`."
        ),
    )
