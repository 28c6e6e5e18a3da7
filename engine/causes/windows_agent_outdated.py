"""The guest agent of a Windows machine is older than Azure supports."""

from engine.causes.actions import MACHINE
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown
from remediations.guides.windows_agent import SERVICES, reinstall

MINIMUM = "2.7.41491.1010"
"""Minimum version support for virtual machine agents in Azure (learn.microsoft.com, KB 4049215)."""


@cause(fixes=[], permissions=[*MACHINE])
async def windows_agent_outdated(evidence: Facts) -> Verdict:
    """The Windows guest agent is older than the oldest version that Azure supports."""
    machine = await evidence.machine()
    if machine.os != "Windows":
        return ruled_out(f"{machine.name} does not run Windows")
    if machine.power and machine.power != "running":
        return ruled_out(f"{machine.name} is {machine.power}: its snapshot asks nothing of the guest")
    if _numbers(machine) >= tuple(map(int, MINIMUM.split("."))):
        return ruled_out(f"the guest agent {machine.agent_version} is of a supported version")
    return confirmed(
        f"the guest agent of {machine.name} is {machine.agent_version}, older than {MINIMUM}",
        instructions=(
            f"In an elevated PowerShell on {machine.name}, {reinstall()} `Get-Service {SERVICES}` must then say Running twice. "
            + then_back_up(evidence, "When the machine's instance view shows the new version, back it up again")
        ),
    )


def _numbers(machine: Machine) -> tuple[int, ...]:
    """Versions compare as numbers. Raises Unknown where the instance view names none."""
    parts = machine.agent_version.split(".")
    if not all(part.isdecimal() for part in parts):
        raise Unknown(f"the instance view of {machine.name} says nothing about the version of its agent")
    return tuple(map(int, parts))
