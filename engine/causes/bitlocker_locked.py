"""A drive is locked by BitLocker."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def bitlocker_locked(evidence: Facts) -> Verdict:
    """A drive of the Windows guest is locked by BitLocker, so VSS cannot take a shadow copy of it."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    locked = [str(drive) for drive in report.value("bitlocker", "locked")]
    if not locked:
        return ruled_out("no drive is locked by BitLocker")
    told = f"{_instructions(locked)} {then_back_up(evidence)}"
    return confirmed(f"BitLocker locks the drive(s) {', '.join(locked)}", instructions=told)


def _instructions(locked: list[str]) -> str:
    unlocks = ", ".join(f"`manage-bde -unlock {drive} -RecoveryPassword <its recovery password>`" for drive in locked)
    offs = ", ".join(f"`manage-bde -off {drive}`" for drive in locked)
    return (
        f"Unlock with the recovery password that the drive's owner keeps: {unlocks}. The article asks to turn BitLocker off on "
        f"the machine ({offs}, which decrypts the drive): decide that with whoever answers for its protection; Azure Disk "
        "Encryption or encryption at host protects a disk and can be backed up."
    )
