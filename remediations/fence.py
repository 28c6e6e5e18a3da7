"""What is ours to touch. Pure: facts in, "" or the reason why not out. Unknown never passes.

A *restore point collection* is ours when its source is this machine, the suffix of its name is the protected item's
protectedItemDataId, and every point in it was taken of the machine as it is now (vmId; a machine that was recreated
keeps its ARM id). A *restore point group* contains such a collection and nothing but collections and snapshots; its
name never suffices. *Locks* only on such a group or below it. *Extensions* only Azure Backup's own. *Run commands* only those that the
engine makes itself, by their names, on this machine. *Jobs* only backups of this machine, in its vault and in those that protected
it before: there only where the vault's own item names this very machine, in the machine's subscription.
"""

import re
from collections.abc import Iterable

from gateway.arm import ids
from gateway.arm.model import Collection, Extension, Job, Lock, Machine, ProtectedItem, Resource

_MAY_LIE_IN_GROUP = {"microsoft.compute/restorepointcollections", "microsoft.compute/snapshots"}


def outside_collection(collection: Collection, item: ProtectedItem, machine: Machine) -> str:
    """Why the collection is not this item's, "" where it is."""
    if not ids.same(collection.source_id, machine.id):
        return f"the collection {collection.name} belongs to another machine: {collection.source_id or 'unknown'}"
    if not item.data_id or collection.name.rpartition("_")[2] != item.data_id:
        return (
            f"the name {collection.name} does not end in the item's protectedItemDataId {item.data_id or '(unknown)'}"
        )
    if collection.points is None:
        return f"the points of the collection {collection.name} were not read"
    strangers = [p.name for p in collection.points if not p.vm_id or p.vm_id.casefold() != machine.vm_id.casefold()]
    if not machine.vm_id or strangers:
        return f"points of the collection {collection.name} were taken of another machine: {', '.join(strangers)}"
    return ""


def outside_group(group_id: str, resources: Iterable[Resource], collection: Collection) -> str:
    """Why the group is not a restore point group of this collection, "" where it is."""
    held = list(resources)
    if not any(ids.same(r.id, collection.id) for r in held) or not ids.within(collection.id, group_id):
        return f"the group {ids.group(group_id)} does not hold the collection {collection.name}"
    others = [r for r in held if r.type.casefold() not in _MAY_LIE_IN_GROUP]
    if others:
        return f"the group {ids.group(group_id)} also holds {others[0].type} {ids.name(others[0].id)}"
    return ""


def outside_lock(lock: Lock, group_id: str) -> str:
    """Why the lock is not ours to lift, "" where it sits on the restore point group or below it."""
    below = ids.group(group_id) and ids.within(lock.scope, group_id)  # without a group, every scope lies below
    below = below and not {".", ".."} & set(lock.scope.split("/"))  # servers resolve such steps after we compared
    if lock.scope and below and ids.same(ids.lock_scope(lock.id), lock.scope):
        return ""
    return f"the lock {lock.name} sits on {lock.scope or 'an unknown scope'}, not on the restore point group"


def outside_extension(extension: Extension) -> str:
    """Why the extension is not ours to remove, "" where it is Azure Backup's own."""
    if extension.is_backup:
        return ""
    return f"{extension.name} is {extension.publisher}.{extension.type}, not Azure Backup's snapshot extension"


_A_JOB = re.compile(r"[\w-]+", re.ASCII)
"""A single step of a path; Azure names jobs by guids."""


def outside_job(job: Job, item: ProtectedItem, machine_id: str) -> str:
    """Why the job is no backup of this machine, "" where it is; `item`: what the job's vault knows under the machine's name."""
    vault = ids.ItemId.parse(item.id).vault_id
    here = ids.same(job.id, f"{vault}/backupJobs/{job.name}") and _A_JOB.fullmatch(job.name)
    if not here or job.operation != "Backup":
        return f"the job {job.name or '(no name)'} is no backup of the vault {ids.name(vault)}"
    if not machine_id or not ids.same(item.machine_id, machine_id):
        return f"the item of the vault {ids.name(vault)} is of another machine: {item.machine_id or 'unknown'}"
    if ids.folded(";".join(job.container_name.split(";")[-2:])) != ids.ItemId.parse(item.id).unique_name:
        return f"the job {job.name} is of {job.container_name or 'nobody named'}, not of {ids.name(machine_id)}"
    if ids.folded(ids.subscription(vault)) != ids.folded(ids.subscription(machine_id)):
        return f"the vault {ids.name(vault)} lies in another subscription than {ids.name(machine_id)}"
    return ""


_OUR_COMMAND = re.compile(r"azure-backup-runbooks-[a-z0-9_-]{1,60}", re.ASCII)
"""How the engine names the run commands that it makes, and no others (remediations/guest/scripts.py)."""


def outside_run_command(command_id: str, machine_id: str) -> str:
    """Why the run command is not ours to make or to remove, "" where it is one of ours on this very machine."""
    name = command_id.rpartition("/")[2]
    if _OUR_COMMAND.fullmatch(name) and ids.same(command_id, f"{machine_id}/runCommands/{name}"):
        return ""
    return f"the run command {name or '(no name)'} is not one of ours on {ids.name(machine_id)}"
