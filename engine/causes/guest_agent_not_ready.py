"""The guest agent of a running machine does not answer."""

import shlex

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, step
from engine.causes.silent_agent import silent_agent
from gateway.arm.model import Machine
from remediations.facts import Facts
from remediations.guides.commands import by_id
from remediations.guides.windows_agent import restart
from remediations.platform.on_the_host import on_the_host

PLATFORM = [
    step("reapply_machine"),
    step("restart_machine"),
    step("redeploy_machine"),
    step("trigger_backup", when_well=True),
]
"""What the platform can do where nothing runs in the guest, mildest first; each finds the machine well or not."""


@cause(fixes=PLATFORM, permissions=[*MACHINE, *POLICY])
async def guest_agent_not_ready(evidence: Facts) -> Verdict:
    """The guest agent of a running machine is stopped or missing, so no snapshot can be coordinated."""
    machine = await silent_agent(evidence)
    if isinstance(machine, Verdict):
        return machine
    return confirmed(
        f"the guest agent of {machine.name} is Not Ready: {machine.agent_message or 'no message'}",
        instructions=f"{_instructions(machine)} {then_back_up(evidence, _when_ready(machine))} {_stale_power(machine)}",
    )


def _instructions(machine: Machine) -> str:
    """What the agent article asks for, in its order (troubleshoot-vm-backup-fails-snapshot-timeout, 2025-11-12)."""
    if machine.os == "Linux":
        inside = (
            f"Sign in to {machine.name} by other means than the agent, check the agent's service (`systemctl status "
            "walinuxagent` on Ubuntu and Debian, `waagent` elsewhere), update it from the distribution's own repository, set "
            "Extensions.Enable=y and Provisioning.Agent=auto in /etc/waagent.conf, and restart the service."
        )
    else:
        inside = restart(machine)
    return f"{inside} The machine must reach 168.63.129.16 on ports 80 and 32526."


def _when_ready(machine: Machine) -> str:
    show = f"az vm get-instance-view {by_id(machine.id)} --query instanceView.vmAgent.statuses"
    return f"When `{show}` says Ready, back the machine up again"


def _stale_power(machine: Machine) -> str:
    """A guest that was shut down from inside may still show as running; from outside it looks like a hung agent."""
    own = by_id(machine.id)
    return (
        f"Nothing answers there at all? Then {machine.name} may have been shut down from inside while Azure still shows it as "
        f'running: see `az monitor metrics list --resource {shlex.quote(machine.id)} --metric "Percentage CPU"` and `az vm '
        f"boot-diagnostics get-boot-log {own}`. If so, and its owner agrees, stop it for Azure too: {_stop(machine)} A machine that "
        "is shut down is backed up without its agent."
    )


def _stop(machine: Machine) -> str:
    """What lies on the host goes with a deallocation, so a machine that has anything there keeps its place."""
    if lost := on_the_host(machine):
        return f"`az vm stop {by_id(machine.id)}`, never `az vm deallocate`: {lost} would be lost. It stays billed."
    return f"`az vm deallocate {by_id(machine.id)}`; what lies on a temporary disk is lost, and a dynamic public address may change."
