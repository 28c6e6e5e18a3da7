"""The Linux agent is older than what Azure supports."""

from engine.causes.actions import MACHINE, POLICY
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown

MINIMUM = "2.2.53.1"
"""The oldest Linux agent that is supported (https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/
support-extensions-agent-version; Microsoft's own image tests hold the same number)."""


@cause(fixes=[step("update_linux_agent"), step("trigger_backup")], permissions=[*MACHINE, *POLICY])
async def linux_agent_outdated(evidence: Facts) -> Verdict:
    """The Linux agent is older than the oldest one that Azure supports."""
    machine = await evidence.machine()
    if machine.os != "Linux":
        return ruled_out(f"{machine.name} does not run Linux")
    if machine.power and machine.power != "running":
        return ruled_out(f"{machine.name} is {machine.power}: its snapshot asks nothing of the agent")
    if (await evidence.policy()).crash_consistent:
        return ruled_out("the policy takes crash-consistent snapshots, which need no agent")
    version = _version(machine)
    if version >= _numbers(MINIMUM):
        return ruled_out(f"the agent {machine.agent_version} is not older than {MINIMUM}")
    return confirmed(
        f"the agent of {machine.name} is {machine.agent_version}, the oldest that is supported is {MINIMUM}",
        instructions=f"Update the agent of {machine.name} from its distribution's own repository (`apt-get install "
        "--only-upgrade walinuxagent`, `dnf update WALinuxAgent`, `zypper update python-azure-agent`) and restart it. Where "
        f"the repository holds nothing newer, ask the distribution's support. {then_back_up(evidence)}",
    )


def _version(machine: Machine) -> tuple[int, ...]:
    """The agent's version in numbers; raises Unknown where the instance view tells none."""
    try:
        return _numbers(machine.agent_version)
    except ValueError:
        told = machine.agent_version or "nothing"
        raise Unknown(f"the instance view of {machine.name} tells {told!r} as its agent's version") from None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
