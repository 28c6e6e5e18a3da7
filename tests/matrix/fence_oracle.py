"""What is ours in an estate, written anew from the promise and from nothing of the product.

Ours: a restore point collection whose source is this machine, whose name ends in the item's data id, whose points were
all taken of the machine as it is now; a group that holds such a collection and else only collections and snapshots;
locks on such a group or below it; Azure Backup's two extensions on this machine; run commands of our name on it, and what
the platform does to it; a backup of this item; and a backup job of this machine that is in its snapshot, in the item's vault
or in a vault of the same subscription that means this very machine by its name. Nothing else.

Names are one where Azure Resource Manager takes them for one: letter by letter, without regard to case. `ß` is not
`ss`, `ſ` is not `s`, the Kelvin sign is no `k`: groups of such names exist side by side.
"""

from tests.matrix.fence_estate import SUB, Collection, Estate, Extension, Job, Lock, group_id

_MAY_LIE_THERE = ("microsoft.compute/restorepointcollections", "microsoft.compute/snapshots")
_PUBLISHER = "microsoft.azure.recoveryservices"
_COMMANDS = "azure-backup-runbooks-"
_EXTENSIONS = ("vmsnapshot", "vmsnapshotlinux")

Write = tuple[str, str]
"""The method and the folded path of a request."""


def folded(text: str) -> str:
    """The text letter by letter in one case; a letter beyond ASCII never becomes one of ASCII."""
    return "".join(_folded(letter) for letter in text)


def _folded(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    upper = letter.upper()
    return upper if len(upper) == 1 and not upper.isascii() else letter


def same(a: str, b: str) -> bool:
    return _parts(a) == _parts(b)


def _parts(path: str) -> list[str]:
    return [part for part in folded(path).split("/") if part]


def below(path: str, top: str) -> bool:
    """Whether the path is `top` or lies below it; a path that steps back lies nowhere."""
    parts, above = _parts(path), _parts(top)
    return not {".", ".."} & set(parts) and bool(above) and parts[: len(above)] == above


def own_collections(estate: Estate) -> list[Collection]:
    return [c for c in estate.collections if _is_own(estate, c)]


def _is_own(estate: Estate, collection: Collection) -> bool:
    suffix = collection.name.split("_")[-1]
    return (
        same(collection.source, estate.told_id)
        and estate.data_id != ""
        and suffix == estate.data_id
        and all(folded(point.vm_id) == folded(estate.vm_id) for point in collection.points)
    )


def own_groups(estate: Estate) -> list[str]:
    """The ids of the restore point groups that are ours: nothing in them but collections and snapshots."""
    found = [group_id(c.group) for c in own_collections(estate)]
    return [group for group in found if not _strangers(estate, group)]


def _strangers(estate: Estate, group: str) -> bool:
    foreign = any(below(o.id, group) and folded(o.type) not in _MAY_LIE_THERE for o in estate.others)
    return foreign or below(estate.machine_id, group)


def own_locks(estate: Estate) -> list[Lock]:
    groups = own_groups(estate)
    return [lock for lock in estate.locks if any(below(lock.scope, group) for group in groups)]


def own_extensions(estate: Estate) -> list[Extension]:
    return [
        e
        for e in estate.extensions
        if folded(e.publisher) == _PUBLISHER and folded(e.type) in _EXTENSIONS and folded(e.name) in _EXTENSIONS
    ]


def own_jobs(estate: Estate) -> list[Job]:
    return [job for job in estate.jobs if is_own_job(estate, job) and job.in_snapshot]


def is_own_job(estate: Estate, job: Job) -> bool:
    there = below(job.vault, SUB) and same(job.known, estate.told_id)
    return same(job.container, estate.container) and (job.vault == "" or there)


def allowed(estate: Estate, vault: str) -> set[Write]:
    """Every write that may be sent in this estate, but for those on locks."""
    writes = [("POST", f"{vault}/{estate.item_path}/backup")]
    writes += [("DELETE", f"{c.id}/restorePoints/{p.name}") for c in own_collections(estate) for p in c.points]
    writes += [("DELETE", c.id) for c in own_collections(estate)]
    writes += [("DELETE", f"{estate.machine_id}/extensions/{e.name}") for e in own_extensions(estate)]
    writes += [("POST", f"{estate.machine_id}/{verb}") for verb in ("reapply", "restart", "redeploy")]
    writes += [("POST", f"{job.vault or vault}/backupJobs/{job.name}/cancel") for job in own_jobs(estate)]
    return {(method, "/".join(_parts(path))) for method, path in writes}


def is_own_command(path: str, estate: Estate) -> bool:
    """Whether it is a run command of ours on this machine: known by its name, which is a single step of the path."""
    scope, found, name = folded(path).rpartition("/runcommands/")
    ours = (
        name.startswith(_COMMANDS)
        and name != _COMMANDS
        and all(c.isascii() and (c.isalnum() or c in "-_") for c in name)
    )
    return found != "" and same(scope, estate.machine_id) and ours


def is_own_lock(path: str, estate: Estate) -> bool:
    """Whether a lock of this path sits on a group of ours or below it, whether or not there is one."""
    scope, found, _ = folded(path).rpartition("/providers/microsoft.authorization/locks/")
    return found != "" and any(below(scope, group) for group in own_groups(estate))


def outside(writes: list[Write], estate: Estate, vault: str) -> list[Write]:
    """The writes that were sent and touch what is not ours."""
    ours = allowed(estate, vault)
    return [
        (method, path)
        for method, path in writes
        if (method, "/".join(_parts(path))) not in ours
        and not (method in ("DELETE", "PUT") and (is_own_lock(path, estate) or is_own_command(path, estate)))
    ]
