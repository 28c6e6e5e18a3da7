"""A vault and a machine in two regions."""

from engine.causes.actions import MACHINE, VAULT
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm.ids import ItemId
from remediations.facts import Facts, Unknown


@cause(fixes=[], permissions=[*MACHINE, *VAULT])
async def wrong_region(evidence: Facts) -> Verdict:
    """The machine lies in another region than its vault, which a vault cannot back up."""
    machine, vault = await evidence.machine(), await evidence.vault()
    if not machine.location or not vault.location:
        raise Unknown(f"the region of {machine.name} or of the vault {vault.name} is not told")
    if machine.location.casefold() == vault.location.casefold():
        return ruled_out(f"{machine.name} and the vault {vault.name} are both in {vault.location}")
    i = ItemId.parse(evidence.item_id)
    return confirmed(
        f"{machine.name} is in {machine.location}, the vault {vault.name} in {vault.location}",
        instructions=(
            f"Protect {machine.name} in a vault of {machine.location}. First stop its protection here, keeping the data: "
            f"`az backup protection disable -g {i.group} -v {i.vault} -c '{i.container}' -i '{i.item}' "
            "--backup-management-type AzureIaasVM --workload-type VM`. Its points here stay restorable until they expire."
        ),
    )
