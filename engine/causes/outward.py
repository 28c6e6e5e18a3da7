"""The way of causes to the machine's network: only where a snapshot asks anything of it."""

from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, confirmed, ruled_out
from remediations.facts import Facts, Unknown, WayOut
from remediations.network.advice import NEVER_OPENED, check_advice, hosts_advice
from remediations.network.blocks import blocks, doubt, leads_elsewhere, services


async def way_out(evidence: Facts) -> WayOut | Verdict:
    """The machine's way out, or why its network cannot be the cause. Raises Unknown where it is not named."""
    machine = await evidence.machine()
    if machine.power and machine.power != "running":
        return ruled_out(f"{machine.name} is {machine.power}: its snapshot asks nothing of its network")
    if (await evidence.policy()).crash_consistent:
        return ruled_out("the policy takes crash-consistent snapshots, which ask nothing of the machine's network")
    return await evidence.way_out()


async def storage_in_reach(evidence: Facts) -> Verdict:
    """Confirmed where a rule or a route keeps the machine from storage; raises Unknown where that cannot be told.

    An appliance on the way is no rule of this network and is ruled out: whether it filters cannot be seen.
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
            instructions=" ".join([*advice, hosts_advice(evidence.cloud), then_back_up(evidence)]),
            shared=" ".join(block.by for block in found),
        )
    if undecided := doubt(out, storage):
        raise Unknown(undecided)
    elsewhere = leads_elsewhere(out, storage)
    return ruled_out(
        f"no rule of Azure's own network keeps {machine.name} from {storage.name}"
        f"{f'; {elsewhere}, which may' if elsewhere else ''}"
    )
