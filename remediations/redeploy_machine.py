"""Moves a machine to another host; a person always decides, and machines with anything on a local disk are refused."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.platform.machine_step import MACHINE_READS, SHUT_DOWN_INSIDE, PlatformStep, take, touched
from remediations.platform.on_the_host import on_the_host

STEP = PlatformStep(
    "machine.redeploy",
    "was redeployed",
    lambda at: at.changes.redeploy_machine(),
    f"would move to another host: it stops, restarts, and may get another dynamic public address{SHUT_DOWN_INSIDE}",
    on_the_host,
)


@remediation(
    risk=Risk.MACHINE,
    preview=touched,
    permissions=[*MACHINE_READS, "Microsoft.Compute/virtualMachines/redeploy/action"],
)
async def redeploy_machine(at: Scene) -> Result:
    """Redeploy the machine to another host, once a person has agreed to exactly that; not with local or ephemeral disks."""
    return await take(at, STEP)
