"""The guest agent of a running machine does not answer."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from gateway.arm import ids
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown

PLATFORM = [
    step("reapply_machine"),
    step("restart_machine"),
    step("redeploy_machine"),
    step("trigger_backup", when_well=True),
]
"""What the platform can do where nothing runs in the guest, mildest first; each finds the machine well or not."""


@cause(fixes=PLATFORM, permissions=[*MACHINE, *POLICY])
async def guest_agent_not_ready(evidence: Facts) -> Verdict:
    """The guest agent of a running machine is stopped, missing or cut off, so no snapshot can be coordinated."""
    machine = await evidence.machine()
    if machine.power and machine.power != "running":
        return ruled_out(f"{machine.name} is {machine.power}: a machine that is shut down needs no agent")
    if (await evidence.policy()).crash_consistent:
        return ruled_out("the policy takes crash-consistent snapshots, which need no agent")
    if machine.agent_ready is None or not machine.power:
        raise Unknown(f"the instance view of {machine.name} says nothing about its agent")
    if machine.agent_ready:
        return ruled_out(f"the guest agent {machine.agent_version} is Ready")
    return confirmed(
        f"the guest agent of {machine.name} is Not Ready: {machine.agent_message or 'no message'}",
        instructions=_instructions(machine),
    )


def _instructions(machine: Machine) -> str:
    """What the agent article asks for, in its order (troubleshoot-vm-backup-fails-snapshot-timeout, 2025-11-12)."""
    show = f"az vm get-instance-view -g {ids.group(machine.id)} -n {machine.name} --query instanceView.vmAgent.statuses"
    if machine.os == "Linux":
        inside = (
            "check the agent's service (`systemctl status walinuxagent` on Ubuntu and Debian, `waagent` elsewhere), update "
            "it from the distribution's own repository, set Extensions.Enable=y and Provisioning.Agent=auto in "
            "/etc/waagent.conf, and restart the service"
        )
    else:
        inside = (
            "check that the services WindowsAzureGuestAgent and RdAgent exist and run (restart them; where they are missing, "
            "install the agent's MSI), and that .NET 4.5 or newer is installed"
        )
    return (
        f"Sign in to {machine.name} by other means than the agent, {inside}. The machine must reach 168.63.129.16 on ports "
        f"80 and 32526. When `{show}` says Ready, back the machine up again. {_stale_power(machine)}"
    )


def _stale_power(machine: Machine) -> str:
    """A guest that was shut down from inside may still show as running; from outside it looks like a hung agent."""
    return (
        f"Nothing answers there at all? Then {machine.name} may have been shut down from inside while Azure still shows it as "
        f'running: see `az monitor metrics list --resource {machine.id} --metric "Percentage CPU"` and `az vm boot-diagnostics '
        f"get-boot-log -g {ids.group(machine.id)} -n {machine.name}`. If so, and its owner agrees, stop it for Azure too: `az vm "
        f"deallocate -g {ids.group(machine.id)} -n {machine.name}`; a machine that is shut down is backed up without its agent."
    )
