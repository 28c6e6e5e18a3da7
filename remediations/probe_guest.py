"""Looks inside the guest: the only evidence of what no answer of Azure's shows."""

from gateway.arm import ids
from remediations.contract import Learned, NotApplicable, Result, Risk, Scene, remediation
from remediations.facts import Unknown
from remediations.facts.guest_report import document, probe_report
from remediations.guest.run import Ran, command_id, run_script
from remediations.guest.scripts import probe_for


async def touched(at: Scene) -> tuple[str, ...]:
    """The run command that is there while the probe runs."""
    machine = await at.facts.machine()
    return (ids.key(command_id(machine, probe_for(machine.os).command(at.target.case))),)


@remediation(
    risk=Risk.GUEST,
    preview=touched,
    permissions=[
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/runCommands/read",
        "Microsoft.Compute/virtualMachines/runCommands/write",
        "Microsoft.Compute/virtualMachines/runCommands/delete",
        "Microsoft.Authorization/locks/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
        "Microsoft.RecoveryServices/Vaults/backupJobs/read",
    ],
)
async def probe_guest(at: Scene) -> Result:
    """Look inside the guest with a script that only reads, run by Run Command and removed afterwards."""
    ran = await run_script(at, probe_for((await at.facts.machine()).os))
    if isinstance(ran, NotApplicable):
        return Learned(ran.reason, {"at": at.now.isoformat(), "unreadable": ran.reason})
    if not isinstance(ran, Ran):
        return ran
    return Learned(*_told(at, ran))


def _told(at: Scene, ran: Ran) -> tuple[str, dict[str, object]]:
    """What the case keeps of it, and that in words."""
    try:
        found = document(ran.output)
        probe_report(found)
    except Unknown as e:
        why = f"{e} ({ran.why})"
        return why, {"at": at.now.isoformat(), "unreadable": why}
    return "the guest was looked at from inside", {"at": at.now.isoformat(), "document": found}
