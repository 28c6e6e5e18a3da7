"""Deleting restore points and whole collections: accepted at once, and not always carried out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox import ids
from sandbox.arm.collections import ACTION, RPC, SINCE, point_path, require_collection
from sandbox.arm.operations import accepted_by_compute, start_operation
from sandbox.arm.routes import route
from sandbox.arm.wire import Call, Reply
from sandbox.model import Collection, Operation
from sandbox.simulation import Simulation, on

_DELETION = timedelta(seconds=5)  # recorded C21: 5.1 s
# Docs: deleting a collection with many points times out and works after two or three tries.
# ASSUMED: over 15 points are too many; half of them, the oldest, are gone when the time is out, after 2 minutes.
_TOO_MANY, _TIMEOUT = 15, timedelta(minutes=2)
# Docs: the code and words for a point whose disk is being read.
_USED = "DiskRestorePointUsedByCustomer"
_USED_TEXT = (
    "There is an active shared access signature outstanding for disk restore point. "
    "Call EndGetAccess before deleting the restore point."
)


@route("DELETE", RPC + "/restorePoints/{point}", ACTION + "restorePoints/delete", SINCE, changes="delete")
def delete_point(sim: Simulation, call: Call) -> Reply:
    """202; a point whose disk is being read stays, which only the operation tells."""
    collection = require_collection(sim, call)
    point = sim.state.restore_points.get(point_path(sim, call))
    if point is None:
        return Reply(204)
    if point.in_use:
        return accepted_by_compute(sim, call, _refused(sim), collection.location)
    effect = {"kind": "restore_point.gone", "args": {"point": point.id}}
    operation = start_operation(sim, "compute", _DELETION, effect=effect)
    if point.state != "Deleting":
        sim.state.restore_points.put(replace(point, state="Deleting"))
        sim.record("restore_point.delete", point.id)
    return accepted_by_compute(sim, call, operation, collection.location)


def _refused(sim: Simulation) -> Operation:
    return start_operation(sim, "compute", _DELETION, error_code=_USED, error_text=_USED_TEXT)


@on("restore_point.gone")
def finish_point(sim: Simulation, args: dict[str, Any]) -> None:
    sim.state.restore_points.remove(args["point"])


@route("DELETE", RPC, ACTION + "delete", SINCE, changes="delete")
def delete_collection(sim: Simulation, call: Call) -> Reply:
    """Takes every restore point inside with it; the next backup fails once with UserErrorRpCollectionDeleted."""
    name = ids.collection_id(call.names["sub"], call.names["rg"], call.names["collection"])
    collection = sim.state.collections.get(name)
    if collection is None:
        return Reply(204)
    points = sim.state.restore_points.under(collection.id)
    # ASSUMED: one point in use keeps the whole collection, every other point included.
    if any(point.in_use for point in points):
        return accepted_by_compute(sim, call, _refused(sim), collection.location)
    operation = _start(sim, collection, len(points))
    if collection.state != "Deleting":
        sim.state.collections.put(replace(collection, state="Deleting"))
        sim.record("collection.delete", collection.id)
    return accepted_by_compute(sim, call, operation, collection.location)


def _start(sim: Simulation, collection: Collection, points: int) -> Operation:
    args = {"collection": collection.id}
    if points <= _TOO_MANY:
        return start_operation(sim, "compute", _DELETION, effect={"kind": "collection.gone", "args": args})
    effect = {"kind": "collection.half_gone", "args": args, "when": "Failed"}
    # ASSUMED: the code and text of a deletion that times out.
    failure = {
        "error_code": "OperationTimedOut",
        "error_text": "The operation did not complete within the time allowed.",
    }
    return start_operation(sim, "compute", _TIMEOUT, effect=effect, **failure)


@on("collection.gone")
def finish_collection(sim: Simulation, args: dict[str, Any]) -> None:
    for point in sim.state.restore_points.under(args["collection"]):
        sim.state.restore_points.remove(point.id)
    sim.state.collections.remove(args["collection"])
    for item in sim.state.items:
        if item.collection.lower() == args["collection"].lower():
            sim.state.items.put(replace(item, collection_lost=True))


@on("collection.half_gone")
def leave_half(sim: Simulation, args: dict[str, Any]) -> None:
    """The oldest half is gone; the collection stays behind as Failed and can be asked to go again."""
    collection = sim.state.collections.get(args["collection"])
    if collection is None or collection.state != "Deleting":
        return
    points = sorted(sim.state.restore_points.under(collection.id), key=lambda point: point.created)
    for point in points[: len(points) // 2]:
        sim.state.restore_points.remove(point.id)
    sim.state.collections.put(replace(collection, state="Failed"))
