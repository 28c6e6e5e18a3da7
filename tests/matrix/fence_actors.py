"""Who works on an estate: each of the product's fixes as a case would call it, and a rogue that tries to change all.

The rogue stands for a fix with a fault in it: it asks `engine.changes` for every write on everything in the estate, and
on forgeries: things of ours under the name, the scope or the publisher of what is not ours.
"""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from engine.changes import CaseChanges, ChangesOff, OutsideFence
from gateway.arm import model
from gateway.arm.errors import AzureError
from gateway.arm.run_commands import RunCommand
from remediations.contract import REMEDIATIONS, NeedsApproval, TryLater
from remediations.facts import Unknown
from remediations.guest.scripts import PREFIX, probe_for
from tests.engine.driver import Driver
from tests.matrix.fence_estate import SUB, Estate, Lock, group_id
from tests.remediations.stage import call, scene

REFUSALS = (ChangesOff, OutsideFence, Unknown, AzureError)
BACKUP_PUBLISHER = "Microsoft.Azure.RecoveryServices"
TURNS = 4
WRITES = (
    *("delete_lock", "delete_restore_point", "delete_collection", "delete_extension", "trigger_backup", "cancel_job"),
    *("run_in_guest", "remove_run_command", "reapply_machine", "restart_machine", "redeploy_machine"),
)
"""The writes that the rogue asks for. A backup and the platform's steps go to the case's own item, whatever is asked."""
PARAMS: dict[str, dict[str, object]] = {"cancel_backup_job": {"elsewhere": True}}
"""With which a fix is called that does more where its plan says so."""
STRANGER = "iaasvmcontainerv2;rg-strange;strange-01"
"""Whose job runs in the same vault (fence_stage)."""


async def fix(driver: Driver, name: str, case: str) -> None:
    """Call one fix until it has its way, a few turns long; whatever it asks about a backup under way, a person agrees to."""
    began, memo, params = driver.box.now, {}, dict(PARAMS.get(name, {}))
    for _ in range(TURNS):
        with suppress(*REFUSALS):
            result = await call(driver, name, case=case, since=began, failed_at=began, memo=memo, params=params)
            if isinstance(result, NeedsApproval) and name in PARAMS:
                params |= result.params
                continue
            if not isinstance(result, TryLater):
                return
            memo = dict(result.memo)
        await driver.box.advance(timedelta(minutes=3))


async def rogue(driver: Driver, estate: Estate, case: str, seed: int) -> None:
    """Ask for every write on everything, in any order."""
    at = scene(driver, case=case)
    assert isinstance(at.changes, CaseChanges)
    machine = await at.facts.machine()
    wishes = [*_locks(at.changes, estate), *_points(at.changes, driver), *_extensions(at.changes, machine)]
    wishes += _collections(at.changes, estate)
    wishes += [_wish(at.changes.trigger_backup, driver.box.now + timedelta(days=9))]
    wishes += [*_commands(at.changes, machine, estate), *await _jobs(at.changes, driver)]
    wishes += [at.changes.reapply_machine, at.changes.restart_machine, at.changes.redeploy_machine]
    random.Random(seed).shuffle(wishes)
    for wish in wishes:
        with suppress(*REFUSALS):
            await wish()


Wish = Callable[[], Awaitable[object]]


def _locks(changes: CaseChanges, estate: Estate) -> list[Wish]:
    real = [_lock(lock, lock.scope) for lock in estate.locks]
    return [_wish(changes.delete_lock, lock) for lock in [*real, *_forged_locks(estate)]]


def _lock(lock: Lock, scope: str) -> model.Lock:
    return model.Lock(lock.id, lock.name, scope, lock.level, lock.notes)


def _forged_locks(estate: Estate) -> list[model.Lock]:
    """Locks whose scope and id disagree, and scopes that step out of the group on the way to Azure."""
    group = group_id(estate.restore_group)
    steps = (f"{group}/../rg-app", f"{group}/./../../..", f"{group}?", f"{group}#", "/", "", SUB)
    stepping = [_lock(Lock(scope, "lock-0"), scope) for scope in steps]
    return [*stepping, *(_lock(lock, group) for lock in estate.locks), _lock(Lock(group, "lock-0"), SUB)]


def _points(changes: CaseChanges, driver: Driver) -> list[Wish]:
    real = [model.RestorePoint(p.id, p.name, p.created, p.vm_id, p.state) for p in driver.box.model.restore_points]
    forged = [replace(p, id=q.id) for p in real[:2] for q in real[-2:] if p is not q]
    return [_wish(changes.delete_restore_point, point) for point in [*real, *forged]]


def _collections(changes: CaseChanges, estate: Estate) -> list[Wish]:
    told = [model.Collection(c.id, c.name, c.source, "Succeeded", ()) for c in estate.collections]
    told += [replace(c, source_id=estate.told_id, name=f"AzureBackup_{estate.machine}_{estate.data_id}") for c in told]
    return [_wish(changes.delete_collection, collection) for collection in told]


def _extensions(changes: CaseChanges, machine: model.Machine) -> list[Wish]:
    real = list(machine.extensions)
    forged = [replace(e, publisher=BACKUP_PUBLISHER, type="VMSnapshot") for e in real if not e.is_backup]
    forged += [replace(e, name=f"VMSnapshot/../{e.name}") for e in real]
    return [_wish(changes.delete_extension, extension) for extension in [*real, *forged]]


def _commands(changes: CaseChanges, machine: model.Machine, estate: Estate) -> list[Wish]:
    """Scripts under names of ours and of others, and commands that lie elsewhere under a name of ours."""
    probe = probe_for("Linux")
    names = (f"{PREFIX}probe-1", f"{PREFIX}a/../../extensions/x", f"{PREFIX}a/b", "nightly-inventory", "..", "", PREFIX)
    places = (machine.id, f"{machine.id}0", f"{machine.id}/..", group_id(estate.restore_group))
    there = [RunCommand(f"{at}/runCommands/{name}", name, "", "", None) for at in places for name in names]
    forged = [replace(one, name=f"{PREFIX}probe-1") for one in there]
    foreign = replace(probe, text="rm -rf /")
    made = [_wish(lambda name: changes.run_in_guest(probe, name), name) for name in names]
    made += [_wish(lambda name: changes.run_in_guest(foreign, name), names[0])]
    return [*made, *(_wish(changes.remove_run_command, one) for one in [*there, *forged])]


async def _jobs(changes: CaseChanges, driver: Driver) -> list[Wish]:
    """Every job as Azure tells it, and as if it were this item's, or were in its snapshot."""
    own = driver.world["cases"][0]["item"].rsplit("/VM;", 1)[1]
    real = []
    for job in driver.box.model.jobs:
        with suppress(*REFUSALS):
            real.append(await driver.engine.reads.job(job.vault, job.name))
    forged = [replace(job, container_name=f"IaasVMContainer;{own}") for job in real]
    forged += [replace(job, tasks={"Take Snapshot": "InProgress"}) for job in real]
    return [_wish(changes.cancel_job, job) for job in [*real, *forged]]


def _wish[T](ask: Callable[[T], Awaitable[object]], thing: T) -> Wish:
    return lambda: ask(thing)


FIXES = tuple(sorted(REMEDIATIONS))
