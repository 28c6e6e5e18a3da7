"""The guest's network is too slow for a snapshot that the guest takes itself."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

KEY = r"HKLM\SOFTWARE\Microsoft\BcdrAgentPersistentKeys"
INSTRUCTIONS = (
    f'From an elevated prompt: `REG ADD "{KEY}" /v SnapshotMethod /t REG_SZ /d firstHostThenGuest /f` and '
    f'`REG ADD "{KEY}" /v CalculateSnapshotTimeFromHost /t REG_SZ /d True /f`. Then back the machine up again. If it fails again, '
    "back up when the machine has less to do, or give it a larger size."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def network_unresponsive(evidence: Facts) -> Verdict:
    """Network calls of the snapshot took too long in the guest, and the host is not asked to take it."""
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    if report.value("host_snapshot", "on") is True:
        return ruled_out("snapshots are taken through the host already")
    return confirmed(
        "network calls took too long while the guest took its snapshot, which the host could take",
        instructions=INSTRUCTIONS,
    )
