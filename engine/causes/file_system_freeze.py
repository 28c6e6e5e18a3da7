"""A file system cannot be frozen for the snapshot."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown
from remediations.facts.guest_report import GuestReport
from remediations.guides.disks import snapshot_first

SIGNS = {
    "duplicates": "mounted more than once",
    "read_only": "mounted read-only, which /etc/fstab does not ask for",
    "not_frozen": "named in the extension's log as not frozen",
}
"""What the probe's `mounts` tells, in words (backup-azure-vms-troubleshoot, UserErrorFsFreezeFailed, 2025-12-12)."""
SKIP = (
    "A mount that can be neither repaired nor unmounted is left out of freezing: /etc/azure/vmbackup.conf with the lines "
    "`[SnapshotThread]`, `fsfreeze: True`, `MountsToSkip = <mount>`, `SafeFreezeWaitInSeconds=600`; its files are then only "
    "crash-consistent in the backup."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def file_system_freeze(evidence: Facts) -> Verdict:
    """A mount could not be frozen: it is there twice, was remounted read-only after an error, or its file system is not clean."""
    report = await inside(evidence, "Linux")
    if isinstance(report, Verdict):
        return report
    mounts = report.section("mounts")
    found = {sign: report.names("mounts", sign) if mounts.get(sign) else [] for sign in SIGNS}
    named = [f"{', '.join(names)} ({SIGNS[sign]})" for sign, names in found.items() if names]
    if named:
        machine = await evidence.machine()
        reason = f"{machine.name} has mounts that cannot be frozen: {'; '.join(named)}"
        return confirmed(reason, instructions=f"{_instructions(found, machine)} {then_back_up(evidence)}")
    if untold := [sign for sign in SIGNS if mounts.get(sign) is None]:
        raise Unknown(f"the guest probe could not tell which mounts are {SIGNS[untold[0]]}{_status(report)}")
    return ruled_out(f"no mount shows why it could not be frozen{_status(report)}")


def _status(report: GuestReport) -> str:
    status = report.told("snapshot", "status")
    return f" (the extension's last status is {status})" if status else ""


def _instructions(found: dict[str, list[str]], machine: Machine) -> str:
    """By what is wrong, each mount named."""
    said = []
    if twice := found["duplicates"]:
        said.append(
            f"Remove the older of the double entries for {', '.join(twice)} (`mount` lists them; see /etc/fstab)."
        )
    if unclean := list(dict.fromkeys([*found["read_only"], *found["not_frozen"]])):
        each = "; ".join(f"`umount {name}`, `fsck` on its device, `mount {name}`" for name in unclean)
        said.append(
            f"Check the file systems of {', '.join(unclean)} in a maintenance window. {snapshot_first(machine)}"
        )
        said.append(f"Then {each}.")
    return " ".join([*said, SKIP])
