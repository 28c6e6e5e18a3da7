"""The pure fence asked about every thing in an estate, and its answer held against the oracle's, both ways.

Where the fence calls ours what is not, something could be touched that must not be. Where it refuses what is ours, the
fence guards nothing but itself: a fence that refuses everything would pass the first half.
"""

from dataclasses import replace

from gateway.arm import model
from remediations import fence
from tests.matrix import fence_oracle as oracle
from tests.matrix.fence_estate import Collection, Estate, Job, group_id


def disagreements(estate: Estate) -> list[str]:
    """What fence and oracle see differently, in words."""
    told = [*_collections(estate), *_groups(estate), *_locks(estate), *_extensions(estate), *_jobs(estate)]
    return [f"{what}: the fence says {'ours' if a else 'not ours'}" for what, a, b in told if a != b]


Told = tuple[str, bool, bool]
"""What was asked about, whether the fence calls it ours, and whether the oracle does."""


def _collections(estate: Estate) -> list[Told]:
    own = oracle.own_collections(estate)
    item, machine = _item(estate), _machine(estate)
    return [
        (f"collection {c.id}", fence.outside_collection(_collection(c), item, machine) == "", c in own)
        for c in estate.collections
    ]


def _groups(estate: Estate) -> list[Told]:
    ours = oracle.own_groups(estate)
    return [
        (f"group {group}", fence.outside_group(group, _resources(estate, group), _collection(c)) == "", group in ours)
        for c in oracle.own_collections(estate)
        for group in [group_id(c.group)]
    ]


def _locks(estate: Estate) -> list[Told]:
    groups = {group_id(c.group) for c in estate.collections} | {group_id(estate.restore_group)}
    return [
        (
            f"lock {lock.id} for {group}",
            fence.outside_lock(model.Lock(lock.id, lock.name, lock.scope, lock.level), group) == "",
            oracle.below(lock.scope, group),
        )
        for lock in estate.locks
        for group in sorted(groups)
    ]


def _extensions(estate: Estate) -> list[Told]:
    own = oracle.own_extensions(estate)
    return [
        (
            f"extension {e}",
            fence.outside_extension(model.Extension(e.name, e.publisher, e.type, "1", e.state)) == "",
            e in own,
        )
        for e in estate.extensions
    ]


def _jobs(estate: Estate) -> list[Told]:
    """Those of other vaults; whether one is in its snapshot is asked elsewhere."""
    return [
        (
            f"job {job}",
            fence.outside_job(_job(job), _item_of(estate, job), estate.told_id) == "",
            oracle.is_own_job(estate, job),
        )
        for job in estate.jobs
        if job.vault
    ]


def _job(job: Job) -> model.Job:
    job_id = f"{job.vault}/backupJobs/{job.name}"
    return model.Job(job_id, job.name, "Backup", "InProgress", None, None, job.container, "")


def _item_of(estate: Estate, job: Job) -> model.ProtectedItem:
    return replace(_item(estate), id=f"{job.vault}/{estate.item_path}", machine_id=job.known)


def _resources(estate: Estate, group: str) -> list[model.Resource]:
    """What the group's list would show; machines and collections among it."""
    shown = [(c.id, "Microsoft.Compute/restorePointCollections") for c in estate.collections]
    shown += [(o.id, o.type) for o in estate.others] + [(estate.machine_id, "Microsoft.Compute/virtualMachines")]
    return [model.Resource(id, kind) for id, kind in shown if oracle.below(id, group)]


def _collection(c: Collection) -> model.Collection:
    points = [
        model.RestorePoint(f"{c.id}/restorePoints/{p.name}", p.name, None, p.vm_id, "Succeeded") for p in c.points
    ]
    return model.Collection(c.id, c.name, c.source, "Succeeded", tuple(points))


def _item(estate: Estate) -> model.ProtectedItem:
    return model.ProtectedItem(
        estate.item_path, estate.told_id, estate.machine, "", estate.data_id, "", "Protected", "Failed", None, ""
    )


def _machine(estate: Estate) -> model.Machine:
    return model.Machine(
        estate.machine_id, estate.machine, estate.vm_id, "westeurope", "Windows", "Succeeded", "running", True, "", ""
    )
