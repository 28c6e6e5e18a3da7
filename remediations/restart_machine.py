"""Restarts a machine whose agent does not answer; a person always decides."""

from gateway.arm import ids
from gateway.arm.model import Machine
from remediations.contract import NeedsApproval, Result, Risk, Scene, remediation
from remediations.platform.machine_step import MACHINE_READS, PlatformStep, take, touched


async def _agreed(at: Scene, machine: Machine) -> Result | None:
    if at.params.get("agreed") is True:
        return None
    return NeedsApproval(
        f"{machine.name} would restart: whatever runs on it stops for some minutes",
        {"agreed": True},
        (ids.key(machine.id),),
    )


STEP = PlatformStep("machine.restart", "was restarted", lambda at: at.changes.restart_machine(), _agreed)


@remediation(
    risk=Risk.MACHINE,
    preview=touched,
    permissions=[*MACHINE_READS, "Microsoft.Compute/virtualMachines/restart/action"],
)
async def restart_machine(at: Scene) -> Result:
    """Restart the machine, once a person has agreed to exactly that."""
    return await take(at, STEP)
