"""Restarts a machine whose agent does not answer; a person always decides."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.platform.machine_step import MACHINE_READS, SHUT_DOWN_INSIDE, PlatformStep, take, touched

STEP = PlatformStep(
    "machine.restart",
    "was restarted",
    lambda at: at.changes.restart_machine(),
    f"would restart: whatever runs on it stops for some minutes{SHUT_DOWN_INSIDE}",
)


@remediation(
    risk=Risk.MACHINE,
    preview=touched,
    permissions=[*MACHINE_READS, "Microsoft.Compute/virtualMachines/restart/action"],
)
async def restart_machine(at: Scene) -> Result:
    """Restart the machine, once a person has agreed to exactly that."""
    return await take(at, STEP)
