"""Deny assignments and deny-delete policies that reach a resource. Nothing here changes anything."""

from sandbox import ids
from sandbox.governance import DenyAssignment, DenyDeletePolicy
from sandbox.model import Item
from sandbox.roles import covers
from sandbox.state import State

POINT_TYPE = "Microsoft.Compute/restorePointCollections/restorePoints"


def deny_assignment(state: State, action: str, resource: str) -> DenyAssignment | None:
    """The first deny assignment at the resource or above it that covers the action."""
    reaching = (one for one in state.deny_assignments if ids.under(resource, one.scope))
    return next((one for one in reaching if covers(one.actions, action)), None)


def deny_delete_policy(state: State, kind: str, resource: str) -> DenyDeletePolicy | None:
    """The first assigned policy at the resource or above it that denies the deletion of this resource type."""
    reaching = (one for one in state.deny_delete_policies if ids.under(resource, one.scope))
    return next((one for one in reaching if kind.lower() in (known.lower() for known in one.types)), None)


def clean_up_denied(state: State, item: Item) -> bool:
    """Whether Azure Backup itself may not delete the item's restore points."""
    # ASSUMED: a deny assignment and a deny-delete policy bind Azure Backup's own clean-up as a lock does.
    assigned = deny_assignment(state, f"{POINT_TYPE}/delete", item.collection)
    return bool(assigned or deny_delete_policy(state, POINT_TYPE, item.collection))
