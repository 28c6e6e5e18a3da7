"""Takes away what the Linux agent kept of earlier goal states; a person agrees to it first."""

from remediations.contract import NeedsApproval, NotApplicable, Result, Risk, Scene, remediation
from remediations.facts import Unknown
from remediations.guest.fix import GUEST_PERMISSIONS, apply, preview_of
from remediations.guest.scripts import script

PATTERN = "/var/lib/waagent/*.[0-9]*.xml"
"""Exactly these files, says the notice of January 2018 (coverage B3)."""
SCRIPT = script(
    "remove_stale_goal_state_files.sh",
    undo="Move the files back from the newest folder in /var/lib/waagent-azure-backup-runbooks and restart the agent",
)
touched = preview_of(SCRIPT)


@remediation(risk=Risk.GUEST, preview=touched, permissions=[*GUEST_PERMISSIONS])
async def remove_stale_goal_state_files(at: Scene) -> Result:
    """Move /var/lib/waagent/*.[0-9]*.xml into a folder beside, from where they can be put back, and restart the agent."""
    if at.params.get("files_agreed"):
        return await apply(at, SCRIPT)
    try:
        count = (await at.facts.guest()).number("goal_state", "files")
    except Unknown as e:
        return NotApplicable(f"how many files there are cannot be told: {e}")
    machine = await at.facts.machine()
    return NeedsApproval(
        f"move the {count} file(s) {PATTERN} of {machine.name} into /var/lib/waagent-azure-backup-runbooks and restart its agent",
        {"files_agreed": count},
        await touched(at),
    )
