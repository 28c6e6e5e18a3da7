"""Restore point collections and restore points."""

from sandbox import ids
from sandbox.arm import rbac
from sandbox.arm.resources import disk_names, disk_point_id, require_group
from sandbox.arm.routes import COMPUTE, route
from sandbox.arm.wire import Call, Json, Reply, not_found
from sandbox.model import Collection, RestorePoint
from sandbox.simulation import Simulation
from sandbox.times import compute_time

RPC = COMPUTE + "/restorePointCollections/{collection}"
ACTION = "Microsoft.Compute/restorePointCollections/"
_KIND = "/providers/Microsoft.Compute/restorePointCollections"
SINCE = "2021-03-01"


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


@route("GET", COMPUTE + "/restorePointCollections", ACTION + "read", SINCE)
def list_of_group(sim: Simulation, call: Call) -> Reply:
    group = require_group(sim, call)
    here = [c for c in sim.state.collections if c.group.lower() == group.name.lower()]
    return Reply(200, {"value": [collection_body(sim, one, False) for one in here]})


@route("GET", "/subscriptions/{sub}/providers/Microsoft.Compute/restorePointCollections", ACTION + "read", SINCE)
def list_of_subscription(sim: Simulation, call: Call) -> Reply:
    return Reply(200, {"value": [collection_body(sim, one, False) for one in sim.state.collections]})


@route("GET", RPC, ACTION + "read", SINCE)
def get_collection(sim: Simulation, call: Call) -> Reply:
    expand = call.query.get("$expand", "").lower() == "restorepoints"
    if expand:
        # ASSUMED: a collection with its points needs the right to read points too.
        rbac.check(call.role, sim.state.world, (ACTION + "restorePoints/read",), call.path)
    return Reply(200, collection_body(sim, require_collection(sim, call), expand))


def point_path(sim: Simulation, call: Call) -> str:
    return f"{require_collection(sim, call).id}/restorePoints/{call.names['point']}"


@route("GET", RPC + "/restorePoints/{point}", ACTION + "restorePoints/read", SINCE)
def get_point(sim: Simulation, call: Call) -> Reply:
    point = sim.state.restore_points.get(point_path(sim, call))
    if point is None:
        names = call.names
        raise not_found(f"{_KIND}/{names['collection']}/restorePoints/{names['point']}", names["rg"])
    return Reply(200, point_body(sim, point))
