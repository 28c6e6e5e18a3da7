"""The machine has no time for the snapshot."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from engine.causes.inside import inside
from remediations.facts import Facts

CPU_PCT = 90
"""Over so much, the agent article says, a snapshot may not come about (troubleshoot-vm-backup-fails-snapshot-timeout)."""
MEMORY_PCT = 95
"""The article says "memory pressure" and no number: so much used of what is there is ours."""
QUIET_S = 3 * 3600
"""After the failure; a batch of the night is usually over by then."""


@cause(fixes=[step("trigger_backup", spacing_s=QUIET_S)], permissions=[*MACHINE, *POLICY])
async def machine_busy(evidence: Facts) -> Verdict:
    """The processor or the memory of the machine is so busy that the snapshot does not come about in time."""
    report = await inside(evidence)
    if isinstance(report, Verdict):
        return report
    cpu, memory = report.number("load", "cpu_pct"), report.number("load", "memory_pct")
    if cpu <= CPU_PCT and memory <= MEMORY_PCT:
        return ruled_out(f"the processor is at {cpu} %, the memory at {memory} %")
    machine = await evidence.machine()
    return confirmed(
        f"{machine.name} is busy: the processor is at {cpu} %, the memory at {memory} %",
        instructions=f"{then_back_up(evidence, f'Back {machine.name} up at a quiet time')} Move its policy's schedule there. Where "
        f"it is never quiet, it needs a larger size than {machine.size or 'its present one'}.",
    )
