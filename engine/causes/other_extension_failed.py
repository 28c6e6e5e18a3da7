"""An extension that is not Azure Backup's is broken."""

from engine.causes.actions import MACHINE
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from gateway.arm.model import Extension, Machine
from remediations.facts import Facts
from remediations.guides.commands import by_id


@cause(fixes=[step("reapply_machine"), step("trigger_backup", when_well=True)], permissions=[*MACHINE])
async def other_extension_failed(evidence: Facts) -> Verdict:
    """An extension other than VMSnapshot failed and left the machine in a failed provisioning state."""
    machine = await evidence.machine()
    failed = [e for e in machine.extensions if e.failed and not e.is_backup]
    if not failed:
        return ruled_out("no other extension is Failed")
    named = "; ".join(f"{e.name} ({e.publisher}.{e.type}): {e.message or 'no message'}" for e in failed)
    return confirmed(
        f"{len(failed)} other extension(s) of {machine.name} are Failed: {named}",
        instructions=(f"{_repair(machine, failed)} {then_back_up(evidence, _when_well(machine))}"),
    )


def _repair(machine: Machine, failed: list[Extension]) -> str:
    """With the owner of each: a reapply installs a failed extension once more, and comes first."""
    folder = r"C:\WindowsAzure\Logs\Plugins" if machine.os == "Windows" else "/var/log/azure"
    slash = "\\" if machine.os == "Windows" else "/"
    logs = ", ".join(f"{folder}{slash}{one.publisher}.{one.type}" for one in failed)
    deletions = ", ".join(f"`az vm extension delete {by_id(f'{machine.id}/extensions/{one.name}')}`" for one in failed)
    return (
        f"Where the machine was not reapplied yet, do that: `az vm reapply {by_id(machine.id)}`. Where it fails all the same, "
        f"read with the extension's owner why: on {machine.name} in {logs}. Then remove it ({deletions}), and have its owner "
        "install it anew; the delete takes its settings along."
    )


def _when_well(machine: Machine) -> str:
    return f"When `az vm show {by_id(machine.id)} --query provisioningState` says Succeeded, back it up again"
