"""A vault and a machine in two regions."""

import shlex

from engine.causes.actions import MACHINE, VAULT
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm.model import Machine
from remediations.facts import Facts, Unknown
from remediations.guides.commands import stop_protection, subscription_of


@cause(fixes=[], permissions=[*MACHINE, *VAULT])
async def wrong_region(evidence: Facts) -> Verdict:
    """The machine lies in another region than its vault, which a vault cannot back up."""
    machine, vault = await evidence.machine(), await evidence.vault()
    if not machine.location or not vault.location:
        raise Unknown(f"the region of {machine.name} or of the vault {vault.name} is not told")
    if machine.location.casefold() == vault.location.casefold():
        return ruled_out(f"{machine.name} and the vault {vault.name} are both in {vault.location}")
    return confirmed(
        f"{machine.name} is in {machine.location}, the vault {vault.name} in {vault.location}",
        instructions=_instructions(evidence.item_id, machine),
    )


def _instructions(item_id: str, machine: Machine) -> str:
    """As the article on vaults says: backup-azure-move-recovery-services-vault, Must preserve previous backed-up data."""
    where = f"-g <group of that vault> -v <a vault of {machine.location}> --policy-name <choose>"
    return (
        f"Protect {machine.name} in a vault of {machine.location}. 1. Stop its protection here, keeping the data: "
        f"`{stop_protection(item_id)}`. Its points here can be restored, and are kept and billed until somebody deletes them; no "
        f"policy expires them any more. 2. `az backup protection enable-for-vm {where} --vm {shlex.quote(machine.id)} "
        f"{subscription_of(machine.id)}`. A machine is protected by one vault only: where the new one refuses it because of the "
        "data that is kept here, move the machine to another resource group, by which it counts as another one."
    )
