"""The way of causes to an agent that does not answer: only where a snapshot asks anything of it, and not while it starts."""

from datetime import timedelta

from engine.causes.contract import Verdict, ruled_out
from gateway.arm.errors import Busy
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown

STARTS_WITHIN = timedelta(minutes=15)
"""From the platform's last word on the machine; an agent that just booted shows as Not Ready, too (sample C26: 7 s after), and
reports some minutes later."""


async def silent_agent(evidence: Facts) -> Machine | Verdict:
    """The running machine whose agent does not answer, or why the agent cannot be the cause.

    Raises Unknown where the instance view says too little, Busy where the agent may only just be starting.
    """
    machine = await evidence.machine()
    if machine.power and machine.power != "running":
        return ruled_out(f"{machine.name} is {machine.power}: a machine that is shut down needs no agent")
    if (await evidence.policy()).crash_consistent:
        return ruled_out("the policy takes crash-consistent snapshots, which need no agent")
    if machine.agent_ready is None or not machine.power:
        raise Unknown(f"the instance view of {machine.name} says nothing about its agent")
    if machine.agent_ready:
        return ruled_out(f"the guest agent {machine.agent_version} is Ready")
    left = machine.provisioned + STARTS_WITHIN - evidence.now if machine.provisioned else timedelta()
    if left > timedelta():
        minutes = (STARTS_WITHIN - left).total_seconds() / 60
        raise Busy(
            f"{machine.name} was started or changed {minutes:.0f} minutes ago; its agent may not have reported yet",
            delay=left.total_seconds(),
        )
    return machine
