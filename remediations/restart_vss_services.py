"""Restarts the Volume Shadow Copy service and the system services of failed writers."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script

SCRIPT = script(
    "restart_vss_services.ps1",
    undo="A restart is over when it is over; set VSS and swprv back to Disabled where the script said they were",
)


@remediation(risk=Risk.GUEST, preview=preview_of(SCRIPT), permissions=[*GUEST_PERMISSIONS])
async def restart_vss_services(at: Scene) -> Result:
    """Restart the Volume Shadow Copy service and the services of its failed writers, none of which serves users."""
    return await apply(at, SCRIPT)
