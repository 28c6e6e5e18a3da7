"""Snapshots and vault copies: what a backup leaves behind."""

from dataclasses import replace
from datetime import datetime

from sandbox import ids
from sandbox.backup.needs import SNAPSHOT_EXTENSIONS, needs_guest, policy_of
from sandbox.model import Collection, Extension, Group, Item, Machine, RecoveryPoint, RestorePoint
from sandbox.simulation import Simulation


def snapshot_extension(
    os: str, state: str = "Succeeded", message: str = "Plugin enabled", version: str = "1.0"
) -> Extension:
    name = "VMSnapshotLinux" if os == "Linux" else "VMSnapshot"
    return Extension(name, "Microsoft.Azure.RecoveryServices", name, version, state, message)


def with_snapshot_extension(sim: Simulation, item: Item) -> None:
    """A backup installs the extension where it needs it and finds none."""
    machine = sim.state.machines.require(item.machine)
    if needs_guest(machine, policy_of(sim, item)) and not any(
        e.name in SNAPSHOT_EXTENSIONS for e in machine.extensions
    ):
        sim.state.machines.put(replace(machine, extensions=(*machine.extensions, snapshot_extension(machine.os))))


def ensure_collection(sim: Simulation, item: Item) -> Collection:
    """The item's collection, made anew (with its group) where it is missing."""
    found = sim.state.collections.get(item.collection)
    if found:
        return found
    subscription, location = sim.state.world.subscription, sim.state.world.location
    group = ids.group_id(subscription, item.restore_group)
    if sim.state.groups.get(group) is None:
        sim.state.groups.put(Group(group, item.restore_group, location))
    name = item.collection.rsplit("/", 1)[1]
    return sim.state.collections.put(
        Collection(item.collection, item.restore_group, name, location, item.machine, sim.guid("collection"))
    )


def consistency_of(machine: Machine, policy_consistency: str) -> str:
    """App-consistent only on a running machine under an app-consistent policy; Linux without scripts is file-system."""
    if machine.power != "running" or policy_consistency != "AppConsistent":
        return "CrashConsistent"
    return "FileSystemConsistent" if machine.os == "Linux" else "AppConsistent"


def keep_snapshot(sim: Simulation, item: Item, at: datetime) -> RecoveryPoint:
    """Create the restore point and its recovery point, which is only a snapshot yet."""
    machine = sim.state.machines.require(item.machine)
    point = add_points(sim, item, machine, at, hardened=None)
    sim.state.items.put(replace(sim.state.items.require(item.id), last_point=at))
    return point


def add_points(
    sim: Simulation, item: Item, machine: Machine, at: datetime, hardened: str | None, instant: str | None = "Valid"
) -> RecoveryPoint:
    """One recovery point and, where its snapshot is still there, the restore point behind it."""
    policy = policy_of(sim, item)
    consistency = consistency_of(machine, policy.consistency)
    name = ids.digits(14, item.id, at.isoformat())
    restore_point = _add_restore_point(sim, item, machine, at, consistency) if instant == "Valid" else None
    return sim.state.points.put(
        RecoveryPoint(
            f"{item.id}/recoveryPoints/{name}",
            item.id,
            name,
            at,
            consistency,
            instant,
            hardened,
            restore_point,
            machine.os,
            machine.size,
            policy.version,
        )
    )


def _add_restore_point(sim: Simulation, item: Item, machine: Machine, at: datetime, consistency: str) -> str:
    collection = ensure_collection(sim, item)
    name = ids.restore_point_name(at)
    point = f"{collection.id}/restorePoints/{name}"
    # ASSUMED: a name that is taken (two instants twelve hours apart) gets a suffix; no recording shows the case.
    if sim.state.restore_points.get(point):
        point, name = f"{point}_1", f"{name}_1"
    sim.state.restore_points.put(RestorePoint(point, collection.id, name, machine.id, machine.vm_id, at, consistency))
    return point


def vault_copy(sim: Simulation, item: Item, at: datetime) -> None:
    """The data of the point of this instant has arrived in the vault."""
    point = next(p for p in sim.state.points.under(item.id) if p.time == at)
    sim.state.points.put(replace(point, hardened="Valid"))
