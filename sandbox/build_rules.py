"""What a world declares beside its machines: locks, deny assignments, deny-delete policies, other resources."""

from typing import Any

from sandbox import ids
from sandbox.governance import DenyAssignment, DenyDeletePolicy, Lock
from sandbox.model import Group, Other
from sandbox.simulation import Simulation

Declared = dict[str, Any]


def build_rules(sim: Simulation, declared: Declared) -> None:
    for one in declared.get("lock", []):
        _lock(sim, one)
    for one in declared.get("deny_assignment", []):
        actions, text = tuple(one["actions"]), one.get("description", "")
        sim.state.deny_assignments.put(DenyAssignment(scope_of(sim, one), one["name"], actions, text))
    for one in declared.get("deny_delete_policy", []):
        types, initiative = tuple(one["types"]), one.get("initiative", "")
        sim.state.deny_delete_policies.put(DenyDeletePolicy(scope_of(sim, one), one["name"], types, initiative))
    for one in declared.get("resource", []):
        _other(sim, one)


def ensure_group(sim: Simulation, name: str) -> str:
    """The group's id; the group is made where it is missing."""
    group = ids.group_id(sim.state.world.subscription, name)
    if sim.state.groups.get(group) is None:
        sim.state.groups.put(Group(group, name, sim.state.world.location))
    return group


def scope_of(sim: Simulation, declared: Declared) -> str:
    """Declared as `subscription`, `group:NAME`, or a path below the subscription."""
    base = ids.subscription_id(sim.state.world.subscription)
    told = str(declared["scope"])
    kind, _, name = told.partition(":")
    return {"subscription": base, "group": f"{base}/resourceGroups/{name}"}.get(kind, base + told)


def _lock(sim: Simulation, declared: Declared) -> None:
    scope = scope_of(sim, declared)
    lock = f"{scope}/providers/Microsoft.Authorization/locks/{declared['name']}"
    level = declared.get("level", "CanNotDelete")
    sim.state.locks.put(Lock(lock, scope, declared["name"], level, declared.get("notes")))


def _other(sim: Simulation, declared: Declared) -> None:
    resource = f"{ensure_group(sim, declared['group'])}/providers/{declared['type']}/{declared['name']}"
    sim.state.others.put(Other(resource, sim.state.world.location))
