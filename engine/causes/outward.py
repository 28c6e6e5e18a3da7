"""The way of causes to the machine's network: only where a snapshot asks anything of it."""

from engine.causes.contract import Verdict, ruled_out
from remediations.facts import Facts, WayOut


async def way_out(evidence: Facts) -> WayOut | Verdict:
    """The machine's way out, or why its network cannot be the cause. Raises Unknown where it is not named."""
    machine = await evidence.machine()
    if machine.power and machine.power != "running":
        return ruled_out(f"{machine.name} is {machine.power}: its snapshot asks nothing of its network")
    if (await evidence.policy()).crash_consistent:
        return ruled_out("the policy takes crash-consistent snapshots, which ask nothing of the machine's network")
    return await evidence.way_out()
