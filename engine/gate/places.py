"""Where a case works, as the policy sees it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from engine.case import Case
from engine.engine import Engine
from engine.policy import Permit, Place, Policy
from gateway.arm import ids
from gateway.arm.errors import PASSING, AzureError
from remediations.contract import Remediation, Risk
from remediations.facts import Facts, Unknown


@dataclass(frozen=True, slots=True)
class Places:
    """The item's place, those of the machines that share what a step changes, and other vaults that it touches.

    The strictest answer of all holds.
    """

    own: Place
    sharing: tuple[Place, ...] = ()

    def permit(self, policy: Policy, fix: Remediation) -> Permit:
        found = [policy.permit(fix.name, fix.risk, place) for place in (self.own, *self.sharing)]
        return min(found, key=lambda permit: (permit.mode.rank, -permit.auto_after))

    def refused(self, policy: Policy) -> str:
        return next((why for place in (self.own, *self.sharing) if (why := policy.refused(place))), "")

    def opens(self, policy: Policy, risk: Risk, now: datetime) -> datetime | None:
        """When the last of their windows opens, None where all are open now."""
        return max((at for place in (self.own, *self.sharing) if (at := policy.opens(risk, place, now))), default=None)


async def places_of(
    engine: Engine, facts: Facts, case: Case, fix: Remediation, touches: Collection[str] = ()
) -> Places:
    """A lock on a group is a matter of every machine whose points lie in it; of those the tags are not read.

    What is touched in another vault that knows the machine is a matter of that vault too.
    """
    own = await place_of(engine, facts)
    others = [Place(facts.item_in(vault), own.machine_id, own.tags) for vault in other_vaults(own.item_id, touches)]
    if fix.risk is not Risk.GOVERNANCE:
        return Places(own, tuple(others))
    tags: dict[str, str] | None = None if engine.policy.uses_tags else {}
    return Places(own, (*others, *(Place(own.item_id, machine, tags) for machine in case.plan["affects"])))


def other_vaults(item_id: str, touches: Collection[str]) -> tuple[str, ...]:
    """The vaults in which something is touched, but for the item's own."""
    own = ids.ItemId.parse(item_id).vault_id
    found = {ids.key(vault): vault for touched in touches if (vault := ids.vault_of(touched))}
    return tuple(vault for vault in found.values() if not ids.same(vault, own))


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
