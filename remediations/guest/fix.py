"""What every fix inside the guest does: run its script once, and believe only what the script says it found and did."""

from gateway.arm import ids
from remediations.contract import Done, NotApplicable, NothingToDo, Preview, Result, Scene
from remediations.facts import Unknown
from remediations.facts.guest_report import document
from remediations.guest.run import Ran, command_id, run_script
from remediations.guest.scripts import Script

GUEST_PERMISSIONS = (
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.Compute/virtualMachines/runCommands/read",
    "Microsoft.Compute/virtualMachines/runCommands/write",
    "Microsoft.Compute/virtualMachines/runCommands/delete",
    "Microsoft.Authorization/locks/read",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
    "Microsoft.RecoveryServices/Vaults/backupJobs/read",
)
"""What it takes to run a script in a guest, in Azure's names."""


def preview_of(script: Script) -> Preview:
    """A fix touches the run command that is there while its script runs, named after the script."""

    async def touched(at: Scene) -> tuple[str, ...]:
        machine = await at.facts.machine()
        return (ids.key(command_id(machine, script.command(at.target.case))),)

    return touched


async def apply(at: Scene, script: Script) -> Result:
    """Run the script, which looks before it changes anything and may run twice."""
    ran = await run_script(at, script)
    if not isinstance(ran, Ran):
        return ran
    try:
        told = document(ran.output)
    except Unknown as e:
        return NotApplicable(f"{script.name}: {e} ({ran.why})")
    said = str(told.get("said") or "no word")
    if told.get("changed") is True:
        return Done(f"{script.name}: {said}")
    if told.get("ok") is True:
        return NothingToDo(f"{script.name}: {said}")
    return NotApplicable(f"{script.name} changed nothing: {said}")
