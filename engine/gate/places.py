"""Where a case works, as the policy sees it."""

from engine.engine import Engine
from engine.policy import Place
from gateway.arm.errors import PASSING, AzureError
from remediations.facts import Facts, Unknown


async def place_of(engine: Engine, facts: Facts) -> Place:
    """The item's place; a machine or its tags that cannot be read stay unknown, and the policy gives its strictest answer.

    Raises what time heals: that is waited for.
    """
    try:
        machine_id = (await facts.item()).machine_id
    except PASSING:
        raise
    except (AzureError, Unknown):
        return Place(facts.item_id, "", None)
    if not engine.policy.uses_tags:
        return Place(facts.item_id, machine_id, {})
    try:
        return Place(facts.item_id, machine_id, (await facts.machine()).tags)
    except PASSING:
        raise
    except (AzureError, Unknown):
        return Place(facts.item_id, machine_id, None)
