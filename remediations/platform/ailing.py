"""Whether a machine is well, as far as the platform sees it."""

from gateway.arm.model import Machine

BETWEEN = ("starting", "stopping", "deallocating")
"""Power states on the way to another; the article asks to wait for running, stopped or deallocated."""


def ailing(machine: Machine) -> str:
    """What is wrong with the machine as the platform sees it, "" where nothing is."""
    if machine.power and machine.power != "running":
        return f"{machine.name} is {machine.power}"
    if machine.agent_ready is not True:
        return f"the guest agent of {machine.name} does not answer"
    if failed := [one.name for one in machine.extensions if one.failed]:
        return f"the extension {failed[0]} of {machine.name} is Failed"
    return "" if machine.provisioning_state == "Succeeded" else f"{machine.name} is {machine.provisioning_state}"
