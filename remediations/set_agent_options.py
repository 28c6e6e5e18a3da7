"""Sets the options of the Linux agent that extensions need."""

from remediations.contract import Result, Risk, Scene, remediation
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script

SCRIPT = script(
    "set_agent_options.sh", undo="Put the kept file /etc/waagent.conf.azure-backup-runbooks back and restart the agent"
)


@remediation(risk=Risk.GUEST, preview=preview_of(SCRIPT), permissions=[*GUEST_PERMISSIONS])
async def set_agent_options(at: Scene) -> Result:
    """Set Extensions.Enable=y and Provisioning.Agent=auto in /etc/waagent.conf, keep the old file, restart the agent."""
    return await apply(at, SCRIPT)
