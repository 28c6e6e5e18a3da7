"""Which locks stop an operation on a resource: its own and every inherited one, late deletions included."""

from datetime import datetime, timedelta

from sandbox import ids
from sandbox.governance import Lock
from sandbox.state import State

# ASSUMED: a deleted lock stays in force for 90 s of simulated time; public reports say only that it takes a while.
PROPAGATION = timedelta(seconds=90)


def blocking_locks(state: State, resource: str, operation: str, now: datetime) -> list[Lock]:
    """The locks that refuse `operation` ("delete" or "write") on this resource at this instant."""
    levels = ("CanNotDelete", "ReadOnly") if operation == "delete" else ("ReadOnly",)
    return [
        lock
        for lock in state.locks
        if lock.level in levels
        and ids.under(resource, lock.scope)
        and (lock.in_force_until is None or now < lock.in_force_until)
    ]
