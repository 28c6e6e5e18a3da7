"""A rule of Azure's own network keeps the machine from Azure."""

from engine.causes.actions import WAY_OUT
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from engine.causes.outward import way_out
from remediations.facts import Facts, Unknown
from remediations.network.advice import NEVER_OPENED, check_advice, hosts_advice
from remediations.network.blocks import blocks, doubt, leads_elsewhere, services


@cause(fixes=[], permissions=[*WAY_OUT])
async def network_blocked(evidence: Facts) -> Verdict:
    """A security rule or a route keeps the machine from Azure Storage, which the snapshot extension has to reach.

    An appliance on the way is no rule of this network and is ruled out here, whatever the code: a passing error can still be
    told from a lasting one. `appliance_on_the_way` names it where the code itself says that there is no network.
    """
    out = await way_out(evidence)
    if isinstance(out, Verdict):
        return out
    machine = await evidence.machine()
    wanted = services(out, machine.location)
    storage = wanted[0]
    if found := blocks(out, wanted):
        advice = [*(block.advice for block in found), NEVER_OPENED, check_advice(out.interface.id)]
        return confirmed(
            f"{machine.name} cannot reach {storage.name} on port 443: {'; '.join(block.reason for block in found)}",
            instructions=" ".join([*advice, hosts_advice(evidence.cloud)]),
            shared=" ".join(block.by for block in found),
        )
    if undecided := doubt(out, storage):
        raise Unknown(undecided)
    elsewhere = leads_elsewhere(out, storage)
    return ruled_out(
        f"no rule of Azure's own network keeps {machine.name} from {storage.name}"
        f"{f'; {elsewhere}, which may' if elsewhere else ''}"
    )
