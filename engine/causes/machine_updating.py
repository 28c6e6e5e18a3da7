"""The machine is being changed by somebody else."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.facts import Facts


@cause(fixes=[step("trigger_backup")], permissions=[*MACHINE])
async def machine_updating(evidence: Facts) -> Verdict:
    """The machine is still being updated; a backup works once that is done."""
    machine = await evidence.machine()
    if machine.provisioning_state in ("Updating", "Creating"):
        return confirmed(f"{machine.name} is {machine.provisioning_state}")
    return ruled_out(f"{machine.name} is {machine.provisioning_state or 'in an unknown state'}")
