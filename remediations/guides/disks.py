"""What is done with a machine's disks before and while a person repairs what is on them. Pure."""

import shlex

from gateway.arm import ids
from gateway.arm.model import Disk, Machine
from remediations.guides.commands import by_id, subscription_of

MOST = 4
"""Disks that are named one by one."""


def snapshot_first(machine: Machine) -> str:
    """A snapshot of the disk before its file system is touched: a repair can lose what it cannot read."""
    disks = machine.disks
    if not disks or len(disks) > MOST or not all(disk.id for disk in disks):
        listed = f"`az vm show {by_id(machine.id)} --query storageProfile` names the disks"
        return f"First make a snapshot of the disk ({listed}): `{_snapshot(machine, '<id of the disk>', 'disk')}`."
    each = "; ".join(f"{_place(disk)}: `{_snapshot(machine, shlex.quote(disk.id), disk.name)}`" for disk in disks)
    which = " (`lsblk -o NAME,HCTL,MOUNTPOINT` tells which: HCTL ends with the LUN)" if len(disks) > 1 else ""
    return f"First make a snapshot of the disk that the mount lies on, where that is the machine's own{which}. {each}."


def grow_system_disk(machine: Machine) -> str:
    """The command that makes the disk with the system larger; some sizes ask for a deallocated machine."""
    system = next((disk for disk in machine.disks if disk.lun is None and disk.id), None)
    if system:
        return f"`az disk update {by_id(system.id)} --size-gb <GB>`"
    listed = f"`az vm show {by_id(machine.id)} --query storageProfile.osDisk` names it"
    return f"{listed}; `az disk update --ids <id of the disk> --size-gb <GB>`"


def _snapshot(machine: Machine, source: str, name: str) -> str:
    """Snapshots bear names of 80 characters at most (Microsoft.Compute's naming rules)."""
    return (
        f"az snapshot create -g {shlex.quote(ids.group(machine.id))} -n {shlex.quote(f'before-repair-{name}'[:80])} "
        f"-l {machine.location} --source {source} {subscription_of(machine.id)}"
    )


def _place(disk: Disk) -> str:
    return "The system disk" if disk.lun is None else f"LUN {disk.lun}"
