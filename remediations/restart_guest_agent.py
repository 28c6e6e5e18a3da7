"""Restarts the Linux agent from inside; the Windows one is a person's to restart."""

from remediations.contract import NeedsPerson, Result, Risk, Scene, remediation
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script
from remediations.guides.windows_agent import restart

SCRIPT = script("restart_guest_agent.sh", undo="None for a restart; a service that was disabled: systemctl disable")


async def touched(at: Scene) -> tuple[str, ...]:
    """Nothing where the agent is not the Linux one."""
    return await preview_of(SCRIPT)(at) if (await at.facts.machine()).os == "Linux" else ()


@remediation(risk=Risk.GUEST, preview=touched, permissions=[*GUEST_PERMISSIONS])
async def restart_guest_agent(at: Scene) -> Result:
    """Let the Linux agent's service start with the system, and restart it."""
    machine = await at.facts.machine()
    if machine.os != "Linux":  # a restart from inside would end the very agent that runs it
        return NeedsPerson(f"The guest agent of {machine.name} is restarted by hand. {restart(machine)}")
    return await apply(at, SCRIPT)
