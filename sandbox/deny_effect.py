"""Policies with the effect deny, as far as they keep Azure Backup from creating what a snapshot needs."""

from typing import Any

from sandbox import ids
from sandbox.build_rules import scope_of
from sandbox.deny_policies import COLLECTIONS, GROUPS, DenyPolicy
from sandbox.model import Item
from sandbox.simulation import Simulation


def build_deny_policies(sim: Simulation, declared: dict[str, Any]) -> None:
    for one in declared.get("deny_policy", []):
        policy = DenyPolicy(scope_of(sim, one), one["name"], tuple(one["types"]), one.get("tag", ""))
        sim.state.deny_policies.put(policy)


def creation_denied(sim: Simulation, item: Item) -> bool:
    """Whether a policy stops the next snapshot: at a group that is still to be made, or at the collection."""
    # ASSUMED: Azure Backup makes its group without tags (docs, UserErrorRequestDisallowedByPolicy), and its collections too.
    group = ids.group_of(item.collection)
    whole = ids.group_id(sim.state.world.subscription, group)
    wanted = {COLLECTIONS} if sim.state.groups.get(whole) else {GROUPS, COLLECTIONS}
    return any(wanted & set(one.types) for one in sim.state.deny_policies if ids.under(whole, one.scope))
