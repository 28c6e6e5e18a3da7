"""The machine was deleted, its protection was not."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from gateway.arm.errors import NotFound
from remediations.facts import Facts


@cause(fixes=[], permissions=[*MACHINE])
async def machine_gone(evidence: Facts) -> Verdict:
    """The machine no longer exists, but its backup policy still runs."""
    item = await evidence.item()
    if not item.machine_id:
        return ruled_out("the protected item names no machine")
    try:
        machine = await evidence.machine()
    except NotFound:
        vault = ids.ItemId.parse(item.id)
        return confirmed(
            f"{ids.name(item.machine_id)} is not found at {item.machine_id}",
            instructions=(
                "If the machine was deleted on purpose, stop its protection and keep its data: az backup protection disable "
                f"-g {vault.group} -v {vault.vault} -c '{vault.container}' -i '{vault.item}' --backup-management-type "
                "AzureIaasVM --workload-type VM. If not, restore it from its newest recovery point, or recreate it with the "
                "same name in the same group."
            ),
        )
    return ruled_out(f"{machine.name} exists")
