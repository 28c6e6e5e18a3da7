"""Backups that were running before a world starts: one that hangs, and one in the vault of old."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox import ids
from sandbox.backup.run import SNAPSHOT, SNAPSHOT_TASK, TRANSFER_TASK
from sandbox.build_rules import ensure_group
from sandbox.model import Item, Job, Policy, Task, Vault
from sandbox.simulation import Simulation, on

KEYS = {"name", "group", "job", "hours", "ends_after"}
"""Keys of a machine's `running_job` and `old_vault`: where, in which phase, for how many hours, after how many more it ends."""
PHASES = ("snapshot", "transfer")


def build_running_jobs(sim: Simulation, item: Item, declared: dict[str, Any]) -> None:
    """The machine's jobs that nothing ends by itself, in its own vault and in an old one."""
    if own := declared.get("running_job"):
        _job(sim, item, own)
    if old := declared.get("old_vault"):
        _job(sim, _old_item(sim, item, old), old)


def _old_item(sim: Simulation, item: Item, declared: dict[str, Any]) -> Item:
    """The machine's item in the vault that protected it before: its protection is stopped, its data kept."""
    name, group = declared["name"], declared.get("group", "rg-backup-old")
    ensure_group(sim, group)
    world = sim.state.world
    vault = sim.state.vaults.put(Vault(ids.vault_id(world.subscription, group, name), name, group, world.location))
    policy = sim.state.policies.put(Policy(f"{vault.id}/backupPolicies/OldPolicy", "OldPolicy", vault.id))
    return sim.state.items.put(
        replace(
            item,
            id=ids.item_id(vault.id, item.machine_group, item.machine_name),
            vault=vault.id,
            policy=policy.name,
            data_id=ids.digits(14, vault.id, item.machine_name),
            collection=f"{item.collection}9",
            protection_state="ProtectionStopped",
            problem=None,
            alert=None,
        )
    )


def _job(sim: Simulation, item: Item, declared: dict[str, Any]) -> Job:
    """ASSUMED: a hanging job looks like one that runs (recorded B09), only that its snapshot does not end."""
    at = sim.now - timedelta(hours=declared["hours"])
    snapshot, transfer = Task(SNAPSHOT_TASK, "InProgress", at), Task(TRANSFER_TASK)
    if declared["job"] == "transfer":
        snapshot = replace(snapshot, status="Completed", end=at + SNAPSHOT)
        transfer = replace(transfer, status="InProgress", start=at + SNAPSHOT)
    if "ends_after" in declared:
        args = {"vault": item.vault, "job": ids.guid(sim.state.world.name, item.id, "running job")}
        sim.after(timedelta(hours=declared["ends_after"]), "running_job.ended", **args)
    return sim.state.jobs.put(
        Job(
            name=ids.guid(sim.state.world.name, item.id, "running job"),
            vault=item.vault,
            item=item.id,
            machine_name=item.machine_name,
            container=item.container,
            operation="Backup",
            status="InProgress",
            start=at,
            listed_at=at,
            expiry=at + timedelta(days=30),
            tasks=(snapshot, transfer),
            activity=ids.guid(item.id, "running activity"),
        )
    )


@on("running_job.ended")
def end_running_job(sim: Simulation, args: dict[str, Any]) -> None:
    """The job is over, unless somebody cancelled it before."""
    job = sim.state.jobs.require(f"{args['vault']}/{args['job']}")
    if job.end is None:
        sim.state.jobs.put(replace(job, status="Completed", end=sim.now))
