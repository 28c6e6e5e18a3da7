"""A machine that does not run, where what failed needs it to."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from remediations.facts import Facts, Unknown


@cause(fixes=[], permissions=[*MACHINE])
async def machine_offline(evidence: Facts) -> Verdict:
    """The machine does not run, so the backup extension cannot be installed; it is never started by the engine."""
    machine = await evidence.machine()
    if not machine.power:
        raise Unknown(f"the instance view of {machine.name} does not tell its power state")
    if machine.power == "running":
        return ruled_out(f"{machine.name} is running")
    group = ids.group(machine.id)
    return confirmed(
        f"{machine.name} is {machine.power}",
        instructions=(
            f"Ask its owner whether {machine.name} is meant to run, then start it: `az vm start -g {group} -n {machine.name}`. "
            "When its agent is Ready (`az vm get-instance-view --query instanceView.vmAgent.statuses`), back it up: the backup "
            "installs the extension. Later backups work while the machine is shut down."
        ),
    )
