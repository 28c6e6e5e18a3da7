"""Virtual machines: read, reapply, run a command."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sandbox import ids
from sandbox.activities import log_activity
from sandbox.arm.disks import show_encryption
from sandbox.arm.extensions import extension_body
from sandbox.arm.machine_bodies import instance_view, machine_properties
from sandbox.arm.operations import accepted_by_compute, start_operation
from sandbox.arm.routes import COMPUTE, VM, route
from sandbox.arm.wire import Call, Json, Refusal, Reply, not_found
from sandbox.model import Machine
from sandbox.simulation import Simulation, on

COMPUTE_API = "2020-06-01"
_VM = "Microsoft.Compute/virtualMachines/"


def require_machine(sim: Simulation, call: Call) -> Machine:
    machine = sim.state.machines.get(ids.machine_id(call.names["sub"], call.names["rg"], call.names["vm"]))
    if machine is None:
        raise not_found(f"/providers/Microsoft.Compute/virtualMachines/{call.names['vm']}", call.names["rg"])
    return machine


def machine_body(machine: Machine, view_at: datetime | None = None) -> Json:
    properties = machine_properties(machine)
    if view_at:
        properties["instanceView"] = instance_view(machine, view_at)
    body: Json = {
        "name": machine.name,
        "id": machine.id,
        "type": "Microsoft.Compute/virtualMachines",
        "location": machine.location,
        "tags": machine.tags,
        "properties": properties,
    }
    if machine.extensions:
        body["resources"] = [extension_body(machine, one) for one in machine.extensions]
    return body


@route("GET", VM, _VM + "read", COMPUTE_API)
def get_machine(sim: Simulation, call: Call) -> Reply:
    expand = call.query.get("$expand", "").lower() == "instanceview"
    machine = require_machine(sim, call)
    return Reply(200, show_encryption(sim, machine, machine_body(machine, sim.now if expand else None)))


@route("GET", VM + "/instanceView", _VM + "instanceView/read", COMPUTE_API)
def get_instance_view(sim: Simulation, call: Call) -> Reply:
    return Reply(200, instance_view(require_machine(sim, call), sim.now))


@route("GET", COMPUTE + "/virtualMachines", _VM + "read", COMPUTE_API)
def list_machines(sim: Simulation, call: Call) -> Reply:
    here = [m for m in sim.state.machines if m.group.lower() == call.names["rg"].lower()]
    return Reply(200, {"value": [_listed(machine) for machine in here]})


@route("GET", "/subscriptions/{sub}/providers/Microsoft.Compute/virtualMachines", _VM + "read", COMPUTE_API)
def list_all_machines(sim: Simulation, call: Call) -> Reply:
    return Reply(200, {"value": [_listed(machine) for machine in sim.state.machines]})


def _listed(machine: Machine) -> Json:
    """A list names a machine's extensions by id only."""
    body = machine_body(machine)
    if "resources" in body:
        body["resources"] = [{"id": one["id"]} for one in body["resources"]]
    return body


@route("POST", VM + "/reapply", _VM + "reapply/action", COMPUTE_API, changes="write")
def reapply(sim: Simulation, call: Call) -> Reply:
    """Recorded C23: done within 6 s. Whether it heals a failed extension is the world's secret."""
    machine = require_machine(sim, call)
    effect = {"kind": "machine.reapplied", "args": {"machine": machine.id}}
    operation = start_operation(sim, "compute", timedelta(seconds=6), effect=effect)
    sim.record("vm.reapply", machine.id)
    log_activity(sim, sim.now, "the engine", f"{_VM}reapply/action", machine.id)
    return accepted_by_compute(sim, call, operation, machine.location)


@on("machine.reapplied")
def finish_reapply(sim: Simulation, args: dict[str, Any]) -> None:
    sim.schedule(sim.now, "machine.treated", machine=args["machine"], by="reapply")
    machine = sim.state.machines.get(args["machine"])
    if machine and machine.reapply_heals:
        healed = tuple(replace(one, state="Succeeded", message="Plugin enabled") for one in machine.extensions)
        sim.state.machines.put(replace(machine, extensions=healed, change_failed=""))


@on("machine.updated")
def finish_update(sim: Simulation, args: dict[str, Any]) -> None:
    machine = sim.state.machines.get(args["machine"])
    if machine:
        sim.state.machines.put(replace(machine, updating=False))


@route("POST", VM + "/runCommand", _VM + "runCommand/action", COMPUTE_API, changes="write")
def run_command(sim: Simulation, call: Call) -> Reply:
    """Runs nothing: answers with the output that the world declares, and only when the agent is ready."""
    machine = require_machine(sim, call)
    if machine.power != "running":
        raise Refusal(409, "OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")
    fields: dict[str, Any] = {"output": _output(machine)}
    if machine.agent != "Ready":
        # ASSUMED: the code and text of a run command on a machine whose agent does not answer.
        fields = {"error_code": "VMAgentStatusCommunicationError", "error_text": "VM has not reported agent status."}
    operation = start_operation(sim, "compute", timedelta(seconds=30), **fields)
    sim.record("vm.run_command", machine.id)
    return accepted_by_compute(sim, call, operation, machine.location)


def _output(machine: Machine) -> Json:
    text = "Enable succeeded: \n[stdout]\nWindowsAzureGuestAgent Running\n\n[stderr]\n"
    if machine.os == "Linux":
        text = "Enable succeeded: \n[stdout]\nwalinuxagent active (running)\n\n[stderr]\n"
    status = {"level": "Info", "displayStatus": "Provisioning succeeded", "message": text}
    return {"value": [{"code": "ProvisioningState/succeeded", **status}]}
