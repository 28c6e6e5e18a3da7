"""The system's own disk is full."""

from typing import Any

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown
from remediations.facts.guest_report import GuestReport
from remediations.guides.disks import grow_system_disk

FREE_MB, USED_PCT = 500, 98
"""Below so much free, or over so much used, agent and extension cannot write what they need: our own margin, well above the
100 MB or so that an extension unpacks."""
SYSTEM = ("/", "/var", "/var/lib", "/var/lib/waagent", "/var/log", "C:")
"""Where the agent, its extensions and their logs live."""


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def disk_full(evidence: Facts) -> Verdict:
    """The disk of the system, or of /var, is too full for the agent and the backup extension to work."""
    report = await inside(evidence)
    if isinstance(report, Verdict):
        return report
    disks = _disks(report)
    own = [disk for disk in disks if disk.get("mount") in SYSTEM]
    if full := [disk for disk in own if disk["free_mb"] < FREE_MB or disk["used_pct"] > USED_PCT]:
        said = ", ".join(f"{disk['mount']} has {disk['free_mb']} MB free ({disk['used_pct']} % used)" for disk in full)
        machine = await evidence.machine()
        told = f"{_instructions(machine, full)} {then_back_up(evidence)}"
        return confirmed(f"{machine.name} has no room left: {said}", instructions=told)
    if not own and any(disk["used_pct"] > USED_PCT for disk in disks):
        raise Unknown("the guest probe names only disks that are fuller than the system's own")
    return ruled_out("there is room on the system's own disk")


def _disks(report: GuestReport) -> list[dict[str, Any]]:
    """The disks that the probe tells of; raises Unknown where it tells of none, or of one not enough."""
    told = report.sections.get("disks")
    found = [told] if isinstance(told, dict) else told
    if not isinstance(found, list) or not found:
        raise Unknown("the guest probe says nothing about the disks")
    for disk in found:
        if not isinstance(disk, dict) or not all(isinstance(disk.get(name), int) for name in ("free_mb", "used_pct")):
            raise Unknown("the guest probe says too little about one of the disks")
    return found


def _instructions(machine: Machine, full: list[dict[str, Any]]) -> str:
    mounts = ", ".join(str(disk["mount"]) for disk in full)
    return (
        f"Make room on {mounts} of {machine.name}: at least {FREE_MB} MB, better 10 % of it. Old logs and package caches go first "
        "(Linux: `journalctl --vacuum-size=200M`, the package manager's `clean`; Windows: Disk Clean-up), or the disk is made "
        f"larger (the system's: {grow_system_disk(machine)}, for which some have to be deallocated; then the partition and the "
        "file system inside)."
    )
