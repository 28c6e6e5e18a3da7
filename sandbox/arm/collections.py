"""Restore point collections and restore points."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox import ids
from sandbox.arm.operations import accepted_by_compute, start_operation
from sandbox.arm.resources import disk_names, disk_point_id, require_group
from sandbox.arm.routes import COMPUTE, route
from sandbox.arm.wire import Call, Json, Reply, not_found
from sandbox.model import Collection, RestorePoint
from sandbox.simulation import Simulation, on
from sandbox.times import compute_time

RPC = COMPUTE + "/restorePointCollections/{collection}"
_ACTION = "Microsoft.Compute/restorePointCollections/"
_KIND = "/providers/Microsoft.Compute/restorePointCollections"
_SINCE = "2021-03-01"
_DELETION = timedelta(seconds=5)  # recorded C21: 5.1 s


def collection_body(sim: Simulation, collection: Collection, expand: bool) -> Json:
    properties: Json = {
        "source": {"location": collection.location, "id": collection.machine},
        "restorePointCollectionId": collection.guid,
        "provisioningState": collection.state,
    }
    if expand:
        points = sorted(sim.state.restore_points.under(collection.id), key=lambda p: p.created)
        properties["restorePoints"] = [point_body(sim, point) for point in points]
    return {
        "name": collection.name,
        "id": collection.id,
        "type": "Microsoft.Compute/restorePointCollections",
        "location": collection.location,
        "properties": properties,
    }


def point_body(sim: Simulation, point: RestorePoint) -> Json:
    return {
        "name": point.name,
        "id": point.id,
        "properties": {
            "sourceMetadata": _source(sim, point),
            "provisioningState": point.state,
            "consistencyMode": point.consistency,
            "timeCreated": compute_time(point.created),
        },
    }


def _source(sim: Simulation, point: RestorePoint) -> Json:
    machine = sim.state.machines.get(point.machine)
    body: Json = {"vmId": point.vm_id, "location": sim.state.world.location}
    if machine is None:
        return body
    base = machine.id.split("/providers/", 1)[0]
    disk = disk_names(machine)[0]
    return {
        **body,
        "hardwareProfile": {"vmSize": machine.size},
        "storageProfile": {
            "osDisk": {
                "osType": machine.os,
                "name": disk,
                "diskSizeGB": machine.disks_gb[0],
                "caching": "ReadWrite",
                "managedDisk": {
                    "storageAccountType": "Premium_LRS",
                    "id": f"{base}/providers/Microsoft.Compute/disks/{disk}",
                },
                "diskRestorePoint": {
                    "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
                    "id": disk_point_id(point, disk),
                },
            },
            "dataDisks": [],
        },
        "osProfile": {
            "computerName": machine.name,
            "adminUsername": "operator",
            "secrets": [],
            "allowExtensionOperations": True,
            "requireGuestProvisionSignal": True,
        },
        "hyperVGeneration": "V2",
    }


def require_collection(sim: Simulation, call: Call) -> Collection:
    name = ids.collection_id(call.names["sub"], call.names["rg"], call.names["collection"])
    collection = sim.state.collections.get(name)
    if collection is None:
        raise not_found(f"{_KIND}/{call.names['collection']}", call.names["rg"])
    return collection


@route("GET", COMPUTE + "/restorePointCollections", _ACTION + "read", _SINCE)
def list_of_group(sim: Simulation, call: Call) -> Reply:
    group = require_group(sim, call)
    here = [c for c in sim.state.collections if c.group.lower() == group.name.lower()]
    return Reply(200, {"value": [collection_body(sim, one, False) for one in here]})


@route("GET", "/subscriptions/{sub}/providers/Microsoft.Compute/restorePointCollections", _ACTION + "read", _SINCE)
def list_of_subscription(sim: Simulation, call: Call) -> Reply:
    return Reply(200, {"value": [collection_body(sim, one, False) for one in sim.state.collections]})


@route("GET", RPC, _ACTION + "read", _SINCE)
def get_collection(sim: Simulation, call: Call) -> Reply:
    expand = call.query.get("$expand", "").lower() == "restorepoints"
    return Reply(200, collection_body(sim, require_collection(sim, call), expand))


def _point_path(sim: Simulation, call: Call) -> str:
    return f"{require_collection(sim, call).id}/restorePoints/{call.names['point']}"


@route("GET", RPC + "/restorePoints/{point}", _ACTION + "restorePoints/read", _SINCE)
def get_point(sim: Simulation, call: Call) -> Reply:
    point = sim.state.restore_points.get(_point_path(sim, call))
    if point is None:
        names = call.names
        raise not_found(f"{_KIND}/{names['collection']}/restorePoints/{names['point']}", names["rg"])
    return Reply(200, point_body(sim, point))


@route("DELETE", RPC + "/restorePoints/{point}", _ACTION + "restorePoints/delete", _SINCE, changes="delete")
def delete_point(sim: Simulation, call: Call) -> Reply:
    collection = require_collection(sim, call)
    point = sim.state.restore_points.get(_point_path(sim, call))
    if point is None:
        return Reply(204)
    effect = {"kind": "restore_point.gone", "args": {"point": point.id}}
    operation = start_operation(sim, "compute", _DELETION, effect=effect)
    if point.state != "Deleting":
        sim.state.restore_points.put(replace(point, state="Deleting"))
        sim.record("restore_point.delete", point.id)
    return accepted_by_compute(sim, call, operation, collection.location)


@on("restore_point.gone")
def finish_point(sim: Simulation, args: dict[str, Any]) -> None:
    sim.state.restore_points.remove(args["point"])


@route("DELETE", RPC, _ACTION + "delete", _SINCE, changes="delete")
def delete_collection(sim: Simulation, call: Call) -> Reply:
    """Takes every restore point inside with it; the next backup fails once with UserErrorRpCollectionDeleted."""
    name = ids.collection_id(call.names["sub"], call.names["rg"], call.names["collection"])
    collection = sim.state.collections.get(name)
    if collection is None:
        return Reply(204)
    effect = {"kind": "collection.gone", "args": {"collection": collection.id}}
    operation = start_operation(sim, "compute", _DELETION, effect=effect)
    if collection.state != "Deleting":
        sim.state.collections.put(replace(collection, state="Deleting"))
        sim.record("collection.delete", collection.id)
    return accepted_by_compute(sim, call, operation, collection.location)


@on("collection.gone")
def finish_collection(sim: Simulation, args: dict[str, Any]) -> None:
    for point in sim.state.restore_points.under(args["collection"]):
        sim.state.restore_points.remove(point.id)
    sim.state.collections.remove(args["collection"])
    for item in sim.state.items:
        if item.collection.lower() == args["collection"].lower():
            sim.state.items.put(replace(item, collection_lost=True))
