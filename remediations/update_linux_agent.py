"""Updates the Linux agent, and only from where the distribution keeps it."""

from remediations.contract import NeedsPerson, NotApplicable, Result, Risk, Scene, remediation
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script
from remediations.guides.commands import back_up

SCRIPT = script(
    "update_linux_agent.sh",
    undo="Install the package's earlier version, which the script's last word names, and hold it",
)
ASK = (
    "Where the distribution's repository has nothing newer, its support is the one to ask: an agent installed from "
    "elsewhere is not what the distribution supports (https://learn.microsoft.com/azure/virtual-machines/extensions/"
    "update-linux-agent). A release past its end of life has to be upgraded itself."
)


@remediation(risk=Risk.GUEST, preview=preview_of(SCRIPT), permissions=[*GUEST_PERMISSIONS])
async def update_linux_agent(at: Scene) -> Result:
    """Update the Linux agent through the distribution's own repository, and restart it."""
    result = await apply(at, SCRIPT)
    if isinstance(result, NotApplicable):
        return NeedsPerson(
            f"{result.reason}. {ASK} Then back the machine up again: `{back_up(at.target.item_id, at.now)}`."
        )
    return result
