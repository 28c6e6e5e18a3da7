"""Extensions of virtual machines."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox import ids
from sandbox.arm.operations import accepted_by_compute, start_operation
from sandbox.arm.routes import VM, route
from sandbox.arm.wire import Call, Json, Refusal, Reply, not_found
from sandbox.model import Extension, Machine
from sandbox.simulation import Simulation, on

_ACTION = "Microsoft.Compute/virtualMachines/extensions/"
_SINCE = "2020-06-01"
_DELETION = timedelta(seconds=10)  # recorded C27: 10.2 s


def extension_body(machine: Machine, extension: Extension) -> Json:
    return {
        "name": extension.name,
        "id": f"{machine.id}/extensions/{extension.name}",
        "type": "Microsoft.Compute/virtualMachines/extensions",
        "location": machine.location,
        "properties": {
            "autoUpgradeMinorVersion": True,
            "forceUpdateTag": ids.guid(machine.id, extension.name, "tag"),
            "provisioningState": extension.state,
            "enableAutomaticUpgrade": False,
            "publisher": extension.publisher,
            "type": extension.type,
            "typeHandlerVersion": ".".join(extension.version.split(".")[:2]),
        },
    }


def _machine(sim: Simulation, call: Call) -> Machine:
    machine = sim.state.machines.get(ids.machine_id(call.names["sub"], call.names["rg"], call.names["vm"]))
    if machine is None:
        raise not_found(f"/providers/Microsoft.Compute/virtualMachines/{call.names['vm']}", call.names["rg"])
    return machine


def _named(machine: Machine, name: str) -> Extension | None:
    return next((one for one in machine.extensions if one.name.lower() == name.lower()), None)


@route("GET", VM + "/extensions", _ACTION + "read", _SINCE)
def list_extensions(sim: Simulation, call: Call) -> Reply:
    machine = _machine(sim, call)
    return Reply(200, {"value": [extension_body(machine, one) for one in machine.extensions]})


@route("GET", VM + "/extensions/{extension}", _ACTION + "read", _SINCE)
def get_extension(sim: Simulation, call: Call) -> Reply:
    machine = _machine(sim, call)
    extension = _named(machine, call.names["extension"])
    if extension is None:
        path = f"/providers/Microsoft.Compute/virtualMachines/{machine.name}/extensions/{call.names['extension']}"
        raise not_found(path, machine.group)
    return Reply(200, extension_body(machine, extension))


@route("DELETE", VM + "/extensions/{extension}", _ACTION + "delete", _SINCE, changes="delete")
def delete_extension(sim: Simulation, call: Call) -> Reply:
    """202; the extension shows as Deleting until it is gone. 204 if it was not there."""
    machine = _machine(sim, call)
    extension = _named(machine, call.names["extension"])
    if extension is None:
        return Reply(204)
    if machine.power != "running":
        raise Refusal(409, "OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")
    effect = {"kind": "extension.gone", "args": {"machine": machine.id, "extension": extension.name}}
    operation = start_operation(sim, "compute", _DELETION, effect=effect)
    if extension.state != "Deleting":
        others = tuple(replace(one, state="Deleting") if one == extension else one for one in machine.extensions)
        sim.state.machines.put(replace(machine, extensions=others))
        sim.record("extension.delete", f"{machine.id}/extensions/{extension.name}")
    return accepted_by_compute(sim, call, operation, machine.location)


@on("extension.gone")
def finish_deletion(sim: Simulation, args: dict[str, Any]) -> None:
    machine = sim.state.machines.get(args["machine"])
    if machine:
        gone = (args["extension"], "Deleting")
        left = tuple(one for one in machine.extensions if (one.name, one.state) != gone)
        sim.state.machines.put(replace(machine, extensions=left))
