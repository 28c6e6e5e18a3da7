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
from remediations.contract import REMEDIATIONS, TryLater
from remediations.facts import Unknown
from tests.engine.driver import Driver
from tests.matrix.fence_estate import SUB, Estate, Lock, group_id
from tests.remediations.stage import call, scene

REFUSALS = (ChangesOff, OutsideFence, Unknown, AzureError)
BACKUP_PUBLISHER = "Microsoft.Azure.RecoveryServices"
TURNS = 4
WRITES = ("delete_lock", "delete_restore_point", "delete_collection", "delete_extension", "trigger_backup")
"""The writes that the rogue asks for; the last goes to the case's own item, whatever is asked."""


async def fix(driver: Driver, name: str, case: str) -> None:
    """Call one fix until it has its way, a few turns long."""
    began, memo = driver.box.now, {}
    for _ in range(TURNS):
        with suppress(*REFUSALS):
            result = await call(driver, name, case=case, since=began, failed_at=began, memo=memo)
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


def _wish[T](ask: Callable[[T], Awaitable[object]], thing: T) -> Wish:
    return lambda: ask(thing)


FIXES = tuple(sorted(REMEDIATIONS))
