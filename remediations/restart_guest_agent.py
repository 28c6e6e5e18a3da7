"""Restarts the Linux agent from inside."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script

SCRIPT = script("restart_guest_agent.sh", undo="None for a restart; a service that was disabled: systemctl disable")


@remediation(risk=Risk.GUEST, preview=preview_of(SCRIPT), permissions=[*GUEST_PERMISSIONS])
async def restart_guest_agent(at: Scene) -> Result:
    """Let the Linux agent's service start with the system, and restart it."""
    return await apply(at, SCRIPT)
