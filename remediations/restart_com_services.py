"""Starts the COM+ services that a snapshot needs."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script

SCRIPT = script(
    "restart_com_services.ps1",
    undo="Set COMSysApp and MSDTC back to Disabled where the script said they were",
)


@remediation(risk=Risk.GUEST, preview=preview_of(SCRIPT), permissions=[*GUEST_PERMISSIONS])
async def restart_com_services(at: Scene) -> Result:
    """Start COM+ System Application and the Distributed Transaction Coordinator where they do not run."""
    return await apply(at, SCRIPT)
