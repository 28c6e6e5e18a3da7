"""A machine that does not run, where what failed needs it to."""

from engine.causes.actions import MACHINE
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from remediations.facts import Facts, Unknown
from remediations.guides.commands import by_id

_AGENT = "instanceView.vmAgent.statuses"


@cause(fixes=[], permissions=[*MACHINE])
async def machine_offline(evidence: Facts) -> Verdict:
    """The machine does not run, so the backup extension cannot be installed; it is never started by the engine."""
    machine = await evidence.machine()
    if not machine.power:
        raise Unknown(f"the instance view of {machine.name} does not tell its power state")
    if machine.power == "running":
        return ruled_out(f"{machine.name} is running")
    own = by_id(machine.id)
    return confirmed(
        f"{machine.name} is {machine.power}",
        instructions=(
            f"Ask its owner whether {machine.name} is meant to run, then start it: `az vm start {own}`. "
            f"{then_back_up(evidence, f'When its agent is Ready (`az vm get-instance-view {own} --query {_AGENT}`), back it up')} "
            "That backup installs the extension; later ones work while the machine is shut down."
        ),
    )
