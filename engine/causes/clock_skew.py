"""The machine's clock is wrong."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.inside import inside
from remediations.facts import Facts

MOST_S = 900
"""Azure Storage refuses a signed request whose date is more than 15 minutes off (Authorize with Shared Key, Date header)."""


@cause(fixes=[], permissions=[*MACHINE, *POLICY])
async def clock_skew(evidence: Facts) -> Verdict:
    """The machine's clock is so far off that Azure Storage refuses what the extension asks."""
    report = await inside(evidence)
    if isinstance(report, Verdict):
        return report
    skew = report.number("clock", "skew_s")
    if abs(skew) <= MOST_S:
        return ruled_out(f"the clock is {abs(skew)} s off")
    machine = await evidence.machine()
    return confirmed(
        f"the clock of {machine.name} is {abs(skew)} s {'fast' if skew > 0 else 'slow'}; more than {MOST_S} s is refused",
        instructions=f"Set the clock of {machine.name} and see that it is kept (Linux: `timedatectl`, `chronyc makestep`, with the "
        f"host's clock /dev/ptp_hyperv as a source; Windows: `w32tm /resync`). {then_back_up(evidence)}",
    )
