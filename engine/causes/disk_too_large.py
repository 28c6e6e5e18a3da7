"""A disk beyond Azure Backup's limits."""

from engine.causes.actions import DISKS
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm.model import Disk
from remediations.facts import Facts, Unknown
from remediations.guides.commands import VM, item_of, subscription_of

LIMIT_GB = 32 * 1024
"""The troubleshooting article's limit of 32 TB. The support matrix says 64 TB by now, and 1,023 GB was the limit of old: a disk
above 32 TB is named because the service itself refused (azure-facts, D)."""
ENCRYPTED_LIMIT_GB = 4 * 1024
"""The limit of disks under Azure Disk Encryption."""


@cause(fixes=[], permissions=[*DISKS])
async def disk_too_large(evidence: Facts) -> Verdict:
    """A disk of the machine is larger than 32 TB, or larger than 4 TB and encrypted by Azure Disk Encryption."""
    machine = await evidence.machine()
    if large := _over(machine.disks, LIMIT_GB):
        return _confirmed(evidence, large, "32 TB")
    if (large := _over(machine.disks, ENCRYPTED_LIMIT_GB)) and await evidence.disk_keys():
        return _confirmed(evidence, large, "4 TB, the limit of encrypted disks")
    if untold := [disk.name for disk in machine.disks if disk.size_gb is None]:
        raise Unknown(f"the size of the disk(s) {', '.join(untold)} is not told, as of a machine that is deallocated")
    if not machine.disks:
        raise Unknown(f"{machine.name} names no disks")
    largest = max(disk.size_gb or 0 for disk in machine.disks)
    encrypted = ", and the disks are not encrypted" if large else ""
    return ruled_out(f"the largest disk of {machine.name} has {largest:,} GB{encrypted}")


def _over(disks: tuple[Disk, ...], limit_gb: int) -> list[Disk]:
    return [disk for disk in disks if disk.size_gb is not None and disk.size_gb > limit_gb]


def _confirmed(evidence: Facts, large: list[Disk], limit: str) -> Verdict:
    return confirmed(
        f"{len(large)} disk(s) over {limit}: {'; '.join(map(_named, large))}",
        instructions=" ".join(
            filter(None, (_exclude(evidence.item_id, large), _system(large), then_back_up(evidence)))
        ),
    )


def _named(disk: Disk) -> str:
    place = "system disk" if disk.lun is None else f"LUN {disk.lun}"
    return f"{disk.name} ({place}, {disk.size_gb:,} GB)"


def _exclude(item_id: str, large: list[Disk]) -> str:
    """Selective disk backup: a new list replaces the one before."""
    luns = [str(disk.lun) for disk in large if disk.lun is not None]
    if not luns:
        return ""
    item = f"{item_of(item_id)} {subscription_of(item_id)}"
    return (
        "Move the data to smaller disks, or leave these disks out: `az backup protection update-for-vm "
        f"{item} --disk-list-setting exclude --diskslist {' '.join(luns)}`. WARNING: a disk that is left out is NOT backed up: "
        "no restore brings it back, so protect its data by other means first. The list replaces an earlier one: `az backup item "
        f"show {item} {VM} --query properties.extendedProperties` shows that."
    )


def _system(large: list[Disk]) -> str:
    if all(disk.lun is not None for disk in large):
        return ""
    return "The system disk cannot be left out of a backup: move its data to data disks and the machine to a smaller system disk."
