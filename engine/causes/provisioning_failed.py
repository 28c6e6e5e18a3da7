"""The platform failed with the machine itself, and no extension is to blame."""

from engine.causes.actions import MACHINE
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown
from remediations.guides.commands import by_id, subscription_of


@cause(fixes=[step("reapply_machine"), step("trigger_backup", when_well=True)], permissions=[*MACHINE])
async def provisioning_failed(evidence: Facts) -> Verdict:
    """The last change of the machine failed and left it in the provisioning state Failed; none of its extensions did."""
    machine = await evidence.machine()
    if not machine.provisioning_state:
        raise Unknown(f"{machine.name} does not tell its provisioning state")
    if machine.provisioning_state != "Failed":
        return ruled_out(f"{machine.name} is {machine.provisioning_state}")
    if failed := [e.name for e in machine.extensions if e.failed]:
        return ruled_out(f"the extension {failed[0]} left {machine.name} Failed")
    return confirmed(
        f"{machine.name} is Failed, and none of its extensions is: {machine.provisioning_message or 'no message'}",
        instructions=f"{_look(machine)} {then_back_up(evidence, _when_well(machine))}",
    )


def _look(machine: Machine) -> str:
    return (
        f"See who changed it last and what failed: `az monitor activity-log list --resource-id {machine.id} --offset 7d --status "
        f"Failed {subscription_of(machine.id)}`. Mend that (a quota, a disk, a network that is gone), then have the platform apply "
        f"the machine's model anew, which restarts nothing: `az vm reapply {by_id(machine.id)}`."
    )


def _when_well(machine: Machine) -> str:
    return f"When `az vm show {by_id(machine.id)} --query provisioningState` says Succeeded, back the machine up again"
