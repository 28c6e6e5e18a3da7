"""The guest's network is too slow for a snapshot that the guest takes itself."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

KEY = r"HKLM\SOFTWARE\Microsoft\BcdrAgentPersistentKeys"
INSTRUCTIONS = (
    f'From an elevated prompt: `REG ADD "{KEY}" /v SnapshotMethod /t REG_SZ /d firstHostThenGuest /f` and '
    f'`REG ADD "{KEY}" /v CalculateSnapshotTimeFromHost /t REG_SZ /d True /f`. If it fails all the same, '
    "back up when the machine has less to do, or give it a larger size."
)


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def network_unresponsive(evidence: Facts) -> Verdict:
    """Network calls of the snapshot took too long in the guest, and somebody set that the host is not asked to take it.

    That nothing is set is how Windows comes, and is no proof; the advice is the article's for the code all the same.
    """
    report = await inside(evidence, "Windows")
    if isinstance(report, Verdict):
        return report
    if report.value("host_snapshot", "on") is True:
        return ruled_out("snapshots are taken through the host already")
    told = f"{INSTRUCTIONS} {then_back_up(evidence)}"
    if report.value("host_snapshot", "off") is True:
        return confirmed(
            f"{KEY} keeps the host from taking the snapshot, and the guest's took too long", instructions=told
        )
    return Verdict(
        "unknown", "the guest takes its snapshots itself, as Windows comes; what slowed its network is not seen", told
    )
