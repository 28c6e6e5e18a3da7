"""An extension that is not Azure Backup's is broken."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from gateway.arm import ids
from remediations.facts import Facts


@cause(fixes=[step("reapply_machine"), step("trigger_backup", when_well=True)], permissions=[*MACHINE])
async def other_extension_failed(evidence: Facts) -> Verdict:
    """An extension other than VMSnapshot failed and left the machine in a failed provisioning state."""
    machine = await evidence.machine()
    failed = [e for e in machine.extensions if e.failed and not e.is_backup]
    if not failed:
        return ruled_out("no other extension is Failed")
    group = ids.group(machine.id)
    named = "; ".join(f"{e.name} ({e.publisher}.{e.type}): {e.message or 'no message'}" for e in failed)
    return confirmed(
        f"{len(failed)} other extension(s) of {machine.name} are Failed: {named}",
        instructions=(
            f"Repair or remove {', '.join(e.name for e in failed)} with its owner, or reapply the machine's state: "
            f"az vm reapply -g {group} -n {machine.name}. When "
            f"`az vm show -g {group} -n {machine.name} --query provisioningState` says Succeeded, back it up again."
        ),
    )
