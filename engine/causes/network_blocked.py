"""A rule of Azure's own network keeps the machine from Azure."""

from engine.causes.actions import WAY_OUT
from engine.causes.contract import Verdict, cause
from engine.causes.outward import storage_in_reach
from remediations.facts import Facts


@cause(fixes=[], permissions=[*WAY_OUT])
async def network_blocked(evidence: Facts) -> Verdict:
    """A security rule or a route keeps the machine from Azure Storage, which the snapshot extension has to reach.

    An appliance on the way is ruled out here, whatever the code: a passing error can still be told from a lasting one.
    `appliance_on_the_way` names it where the code itself says that there is no network.
    """
    return await storage_in_reach(evidence)
