"""Has the platform apply the machine's model anew: the mildest platform step, nothing restarts."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.platform.machine_step import MACHINE_READS, PlatformStep, take, touched

STEP = PlatformStep("machine.reapply", "was reapplied", lambda at: at.changes.reapply_machine())


@remediation(
    risk=Risk.MACHINE,
    preview=touched,
    permissions=[*MACHINE_READS, "Microsoft.Compute/virtualMachines/reapply/action"],
)
async def reapply_machine(at: Scene) -> Result:
    """Reapply the machine: the platform applies its model anew, nothing restarts."""
    return await take(at, STEP)
