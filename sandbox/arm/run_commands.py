"""Managed run commands: resources of a machine that hold a script and what it printed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.arm.machines import require_machine
from sandbox.arm.operations import accepted_by_compute, start_operation
from sandbox.arm.routes import VM, route
from sandbox.arm.wire import Call, Json, Refusal, Reply, not_found
from sandbox.guest import Guest, RunCommand, run
from sandbox.model import Machine
from sandbox.simulation import Simulation, on
from sandbox.times import compute_time

_ACTION = "Microsoft.Compute/virtualMachines/runCommands/"
_PATH = VM + "/runCommands/{command}"
_SINCE = "2020-12-01"
# ASSUMED: a script begins some 8 s after it was asked for and lasts 12 s; its deletion takes 10 s, as an extension's (C27).
_BEGINS, _LASTS, _DELETION = timedelta(seconds=8), timedelta(seconds=12), timedelta(seconds=10)
# ASSUMED: a machine whose agent is silent keeps the command pending until its time is over, then fails it.
_SILENT = timedelta(minutes=90)
OUTPUT_KEPT = 4096  # docs: the last 4,096 bytes of output are kept


def body_of(command: RunCommand, with_view: bool) -> Json:
    properties: Json = {
        "source": {"script": command.script},
        "asyncExecution": True,
        "timeoutInSeconds": command.timeout_s,
        "treatFailureAsDeploymentFailure": False,
        "provisioningState": command.provisioning,
    }
    if with_view:
        properties["instanceView"] = _view(command)
    return {
        "name": command.name,
        "id": command.id,
        "type": "Microsoft.Compute/virtualMachines/runCommands",
        "location": command.location,
        "properties": properties,
    }


def _view(command: RunCommand) -> Json:
    view: Json = {
        "executionState": command.state,
        "executionMessage": "",
        "exitCode": command.exit_code,
        "output": command.output,
        "error": "",
    }
    times = {"startTime": command.start, "endTime": command.end}
    return view | {name: compute_time(at) for name, at in times.items() if at}


def _require(sim: Simulation, call: Call) -> RunCommand:
    machine = require_machine(sim, call)
    command = sim.state.run_commands.get(f"{machine.id}/runCommands/{call.names['command']}")
    if command is None:
        path = f"/providers/Microsoft.Compute/virtualMachines/{machine.name}/runCommands/{call.names['command']}"
        raise not_found(path, machine.group)
    return command


@route("GET", _PATH, _ACTION + "read", _SINCE)
def get_run_command(sim: Simulation, call: Call) -> Reply:
    return Reply(200, body_of(_require(sim, call), call.query.get("$expand", "").lower() == "instanceview"))


@route("GET", VM + "/runCommands", _ACTION + "read", _SINCE)
def list_run_commands(sim: Simulation, call: Call) -> Reply:
    machine = require_machine(sim, call)
    return Reply(200, {"value": [body_of(one, False) for one in sim.state.run_commands.under(machine.id)]})


@route("PUT", _PATH, _ACTION + "write", _SINCE, changes="write")
def put_run_command(sim: Simulation, call: Call) -> Reply:
    """201; the machine is Updating while the command is being made. Put again it runs again."""
    machine = require_machine(sim, call)
    if machine.power != "running":
        raise Refusal(409, "OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")
    properties = call.body["properties"]
    command = sim.state.run_commands.put(
        RunCommand(
            id=f"{machine.id}/runCommands/{call.names['command']}",
            machine=machine.id,
            name=call.names["command"],
            location=call.body["location"],
            script=properties["source"]["script"],
            timeout_s=properties.get("timeoutInSeconds", 5400),
        )
    )
    heard = machine.agent == "Ready"
    sim.after(_BEGINS if heard else _SILENT, "run_command.begins", command=command.id, run=sim.number())
    operation = start_operation(sim, "compute", _BEGINS)
    sim.record("run_command.write", command.id)
    headers = accepted_by_compute(sim, call, operation, machine.location).headers
    return Reply(201, body_of(command, False), headers)


@on("run_command.begins")
def begin(sim: Simulation, args: dict[str, Any]) -> None:
    command = sim.state.run_commands.get(args["command"])
    if command is None or command.state != "Pending":
        return
    machine = sim.state.machines.get(command.machine)
    if machine is None or machine.agent != "Ready" or machine.power != "running":
        sim.state.run_commands.put(replace(command, provisioning="Failed", state="Unknown"))
        return
    sim.state.run_commands.put(replace(command, provisioning="Succeeded", state="Running", start=sim.now))
    sim.after(_LASTS, "run_command.ends", command=command.id)


@on("run_command.ends")
def end(sim: Simulation, args: dict[str, Any]) -> None:
    """The script takes effect at its end."""
    command = sim.state.run_commands.get(args["command"])
    machine = sim.state.machines.get(command.machine) if command else None
    if command is None or machine is None or command.state != "Running":
        return
    guest, printed, code = run(guest_of(sim, machine), command.script, machine.os, sim.now)
    sim.state.guests.put(guest)
    state = "Succeeded" if code == 0 else "Failed"
    kept = printed[-OUTPUT_KEPT:]
    sim.state.run_commands.put(replace(command, state=state, exit_code=code, output=kept, end=sim.now))


def guest_of(sim: Simulation, machine: Machine) -> Guest:
    return sim.state.guests.get(machine.id) or Guest(machine.id)


@route("DELETE", _PATH, _ACTION + "delete", _SINCE, changes="delete")
def delete_run_command(sim: Simulation, call: Call) -> Reply:
    """202; it shows as Deleting until it is gone. 204 if it was not there."""
    machine = require_machine(sim, call)
    command = sim.state.run_commands.get(f"{machine.id}/runCommands/{call.names['command']}")
    if command is None:
        return Reply(204)
    if machine.power != "running":
        raise Refusal(409, "OperationNotAllowed", "Cannot modify extensions in the VM when the VM is not running.")
    sim.state.run_commands.put(replace(command, provisioning="Deleting"))
    sim.record("run_command.delete", command.id)
    effect = {"kind": "run_command.gone", "args": {"command": command.id}}
    return accepted_by_compute(sim, call, start_operation(sim, "compute", _DELETION, effect=effect), machine.location)


@on("run_command.gone")
def finish_deletion(sim: Simulation, args: dict[str, Any]) -> None:
    command = sim.state.run_commands.get(args["command"])
    if command and command.provisioning == "Deleting":
        sim.state.run_commands.remove(command.id)
