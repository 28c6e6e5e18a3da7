"""A mount point cannot be opened."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts
from remediations.guides.disks import snapshot_first


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def mount_unreadable(evidence: Facts) -> Verdict:
    """The backup extension cannot open every mount point of a local file system."""
    report = await inside(evidence, "Linux")
    if isinstance(report, Verdict):
        return report
    names = report.names("mounts", "unreadable")
    if not names:
        return ruled_out("every mount of a local file system can be opened now")
    machine, named = await evidence.machine(), ", ".join(names)
    return confirmed(
        f"{machine.name} has mounts that cannot be opened: {named}",
        instructions=f"On {machine.name}, find out why {named} cannot be opened (a device that is gone, a file system with "
        "errors, a mount left over from a file recovery). "
        f"{snapshot_first(machine)} Then repair and mount it again, or `umount` it and take it out of /etc/fstab. "
        f"{then_back_up(evidence)}",
    )
