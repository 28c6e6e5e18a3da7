"""Makes Azure Backup's service in a Windows guest start by itself."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script

SCRIPT = script(
    "enable_provider_service.ps1",
    undo="Set-Service IaasVmProvider to the start type that the script said it had before",
)


@remediation(risk=Risk.GUEST, preview=preview_of(SCRIPT), permissions=[*GUEST_PERMISSIONS])
async def enable_provider_service(at: Scene) -> Result:
    """Set the service IaasVmProvider to start automatically, and start it."""
    return await apply(at, SCRIPT)
