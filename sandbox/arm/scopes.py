"""The scope in front of `/providers/Microsoft.Authorization/...`: the subscription, a group, or anything below."""

from sandbox import ids
from sandbox.arm.wire import Call, Refusal
from sandbox.simulation import Simulation


def require_scope(sim: Simulation, call: Call) -> str:
    """The scope in the path, which must lie in the subscription and whose group must exist."""
    scope = "/" + call.names["scope"].strip("/")
    if not ids.under(scope, ids.subscription_id(sim.state.world.subscription)):
        raise Refusal(404, "SubscriptionNotFound", f"The subscription of '{scope}' could not be found.")
    group = ids.group_of(scope)
    if group and sim.state.groups.get(ids.group_id(sim.state.world.subscription, group)) is None:
        raise Refusal(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    return scope


def asks_at_scope(call: Call) -> bool:
    """Whether `$filter=atScope()` is given: this scope and what lies above it, nothing below."""
    return call.query.get("$filter", "").replace(" ", "").lower() == "atscope()"
