"""Management locks at every scope."""

from sandbox import ids
from sandbox.arm.routes import route
from sandbox.arm.scopes import asks_at_scope, require_scope
from sandbox.arm.wire import Call, Json, Refusal, Reply
from sandbox.governance import Lock
from sandbox.locking import PROPAGATION
from sandbox.simulation import Simulation

LOCKS = "/{scope+}/providers/Microsoft.Authorization/locks"
_ACTION = "Microsoft.Authorization/locks/"
_SINCE = "2015-01-01"


def lock_body(lock: Lock) -> Json:
    properties: Json = {"level": lock.level}
    if lock.notes is not None:
        properties["notes"] = lock.notes
    return {"properties": properties, "id": lock.id, "type": "Microsoft.Authorization/locks", "name": lock.name}


def visible(sim: Simulation, scope: str) -> list[Lock]:
    """Locks that a list at `scope` shows: inherited, own, and at a subscription every lock below."""
    whole = ids.group_of(scope) == ""
    alive = (lock for lock in sim.state.locks if lock.in_force_until is None)
    # ASSUMED: a list at a group or resource shows inherited locks too; the recordings held none to tell by.
    return [k for k in alive if ids.under(scope, k.scope) or (whole and ids.under(k.scope, scope))]


@route("GET", LOCKS, _ACTION + "read", _SINCE)
def list_locks(sim: Simulation, call: Call) -> Reply:
    scope = require_scope(sim, call)
    found = visible(sim, scope)
    if asks_at_scope(call):
        found = [lock for lock in found if ids.under(scope, lock.scope)]
    return Reply(200, {"value": [lock_body(lock) for lock in found]})


def _lock_id(call: Call, scope: str) -> str:
    return f"{scope}/providers/Microsoft.Authorization/locks/{call.names['name']}"


def _alive(sim: Simulation, lock: str) -> Lock | None:
    found = sim.state.locks.get(lock)
    return found if found and found.in_force_until is None else None


@route("GET", LOCKS + "/{name}", _ACTION + "read", _SINCE)
def get_lock(sim: Simulation, call: Call) -> Reply:
    lock = _alive(sim, _lock_id(call, require_scope(sim, call)))
    if lock is None:
        raise Refusal(404, "LockNotFound", f"The lock '{call.names['name']}' could not be found.")
    return Reply(200, lock_body(lock))


@route("PUT", LOCKS + "/{name}", _ACTION + "write", _SINCE)
def put_lock(sim: Simulation, call: Call) -> Reply:
    """201 for a new lock, 200 for one that was there; it is in force at once."""
    scope = require_scope(sim, call)
    properties = call.body.get("properties") or {}
    if properties.get("level") not in ("CanNotDelete", "ReadOnly"):
        raise Refusal(400, "InvalidLockLevel", "The lock level must be CanNotDelete or ReadOnly.")
    known = _alive(sim, _lock_id(call, scope))
    name = call.names["name"]
    lock = Lock(known.id if known else _lock_id(call, scope), scope, name, properties["level"], properties.get("notes"))
    if lock != known:
        sim.state.locks.put(lock)
        sim.record("lock.write", lock.id)
    return Reply(200 if known else 201, lock_body(lock))


@route("DELETE", LOCKS + "/{name}", _ACTION + "delete", _SINCE)
def delete_lock(sim: Simulation, call: Call) -> Reply:
    """200 at once and 204 if absent; the lock stays in force a while."""
    lock = _alive(sim, _lock_id(call, require_scope(sim, call)))
    if lock is None:
        return Reply(204)
    sim.state.locks.put(
        Lock(lock.id, lock.scope, lock.name, lock.level, lock.notes, in_force_until=sim.now + PROPAGATION)
    )
    sim.record("lock.delete", lock.id)
    return Reply(200)
