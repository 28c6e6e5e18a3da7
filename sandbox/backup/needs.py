"""What taking a snapshot needs, and the failure that a missing need gives. Nothing here changes anything."""

from dataclasses import replace
from datetime import datetime

from sandbox import ids
from sandbox.backup.bad_builds import bad_build
from sandbox.backup.problems import CRP_LIMIT, compute_problem, problem
from sandbox.deny_effect import creation_denied
from sandbox.disk_encryption import keys_are_out_of_reach
from sandbox.guest import Guest, guest_need
from sandbox.locking import blocking_locks
from sandbox.model import Item, Job, Machine, Policy, Problem
from sandbox.power import power_need
from sandbox.simulation import Simulation
from sandbox.way_out import storage_is_out_of_reach

INSTANT_POINT_LIMIT = 18  # per machine, over all collections; support matrix for Standard policies
DISK_LIMIT_GB = 64 * 1024  # support matrix: 64 TB a disk
ENCRYPTED_DISK_LIMIT_GB = 4 * 1024
SNAPSHOT_EXTENSIONS = ("VMSnapshot", "VMSnapshotLinux")


def running_backup(sim: Simulation, item: Item, but: str = "") -> Job | None:
    """A backup of the same machine, by this vault or by another that knows it."""
    items = [ids.item_id(vault.id, item.machine_group, item.machine_name) for vault in sim.state.vaults]
    jobs = [job for one in items for job in sim.state.jobs.under(one)]
    return next((j for j in jobs if j.operation == "Backup" and j.end is None and j.name != but), None)


def policy_of(sim: Simulation, item: Item) -> Policy:
    return sim.state.policies.require(f"{item.vault}/backupPolicies/{item.policy}")


def needs_guest(machine: Machine, policy: Policy) -> bool:
    """A shut-down machine and a crash-consistent policy are backed up without agent and extension."""
    return machine.power == "running" and policy.consistency == "AppConsistent"


def missing_need(sim: Simulation, item: Item, job: str) -> Problem | None:
    """The first thing that keeps a snapshot of this item from being taken now, or None."""
    if running_backup(sim, item, but=job):
        return problem("UserErrorBackupOperationInProgress")
    machine = sim.state.machines.get(item.machine)
    if machine is None:
        return problem("UserErrorVmNotFoundV2")
    if between := power_need(machine):
        return between
    if item.always_fails:
        return problem(item.always_fails)
    if creation_denied(sim, item):
        return problem("UserErrorRequestDisallowedByPolicy")
    if needs_guest(machine, policy_of(sim, item)) and storage_is_out_of_reach(sim, machine):
        return problem("ExtensionSnapshotFailedNoNetwork")
    if keys_are_out_of_reach(sim, machine):
        return problem("UserErrorKeyVaultPermissionsNotConfigured")
    return (
        _machine_need(machine, policy_of(sim, item), sim.state.guests.get(machine.id))
        or _collection_need(sim, item)
        or _write_need(sim, item, sim.now)
    )


def _machine_need(machine: Machine, policy: Policy, guest: Guest | None) -> Problem | None:
    if machine.provisioning == "Updating":
        text = "The VM is in updating provisioning state."
        return replace(problem("UserErrorVmProvisioningStateFailed"), text=text)
    if machine.provisioning == "Failed":
        return problem("UserErrorVmProvisioningStateFailed")
    if needs_guest(machine, policy):
        if machine.agent != "Ready":
            return problem("UserErrorGuestAgentStatusUnavailable")
        if any(e.name in SNAPSHOT_EXTENSIONS and e.state == "Failed" for e in machine.extensions):
            return problem("ExtensionOperationFailedForManagedDisks")
        if any(e.name in SNAPSHOT_EXTENSIONS and e.state == "Deleting" for e in machine.extensions):
            return problem("ExtensionStuckInDeletionState")
        if bad := bad_build(machine):
            return problem(bad)
        if code := guest_need(guest):
            return problem(code)
    limit = ENCRYPTED_DISK_LIMIT_GB if machine.encrypted else DISK_LIMIT_GB
    return problem("UserErrorUnsupportedDiskSize") if max(machine.disks_gb) > limit else None


def instant_points(sim: Simulation, machine: str) -> int:
    """Instant restore points of this machine over all of its collections, those being deleted included."""
    return sum(len(sim.state.restore_points.under(c.id)) for c in sim.state.collections.under(machine))


def _collection_need(sim: Simulation, item: Item) -> Problem | None:
    if item.collection_lost:
        return problem("UserErrorRpCollectionDeleted")
    if policy_of(sim, item).version != "V1" or instant_points(sim, item.machine) < INSTANT_POINT_LIMIT:
        return None
    if item.limit_reported_by_compute:
        return compute_problem(CRP_LIMIT)
    return problem("UserErrorRpCollectionLimitReached")


def _write_need(sim: Simulation, item: Item, now: datetime) -> Problem | None:
    # ASSUMED: a ReadOnly lock on the restore point group shows as a compute error with ScopeLocked inside.
    if not blocking_locks(sim.state, item.collection, "write", now):
        return None
    return compute_problem(f"ScopeLocked: the scope '{item.collection}' cannot perform write operation.")
