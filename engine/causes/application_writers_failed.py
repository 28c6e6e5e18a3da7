"""A writer of an application failed, whose service only a person restarts."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts
from remediations.guest.vss_writers import Writer, failed_writers, named


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def application_writers_failed(evidence: Facts) -> Verdict:
    """A VSS writer of an application such as Exchange failed; its service is restarted in an agreed downtime."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    failed = failed_writers(report)
    theirs = [one for one in failed if one.for_a_person]
    if not theirs:
        return ruled_out("no VSS writer of an application failed")
    return confirmed(
        f"{len(theirs)} VSS writer(s) failed: {named(theirs)}",
        instructions=f"{_instructions(failed)} {then_back_up(evidence)}",
    )


def _instructions(failed: tuple[Writer, ...]) -> str:
    """Steps 2 and 3 of the article (backup-azure-vms-troubleshoot, ExtensionFailedVssWriterInBadState, 2025-11)."""
    known = sorted({one.service for one in failed if one.service})
    restarts = "; ".join(f"`net stop {name}` and `net start {name}`" for name in known)
    others = ", ".join(one.name for one in failed if not one.service)
    by_owner = f" Which service {others} belongs to, the product's own documentation says." if others else ""
    return (
        f"In a downtime that the application's owner agrees to, from an elevated prompt: {restarts or 'restart its service'}."
        f"{by_owner} `vssadmin list writers` must then show [1] for each. If the writers fail again: `REG ADD "
        r'"HKLM\SOFTWARE\Microsoft\BcdrAgentPersistentKeys" /v SnapshotWithoutThreads /t REG_SZ /d True /f`, '
        "or back up at a quieter time."
    )
