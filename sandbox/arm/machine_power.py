"""What the platform does to a machine from outside: restart, redeploy. Reapply is in machines.py."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.activities import log_activity
from sandbox.arm.machines import require_machine
from sandbox.arm.operations import accepted_by_compute, start_operation
from sandbox.arm.routes import VM, route
from sandbox.arm.wire import Call, Refusal, Reply
from sandbox.simulation import Simulation, on

_ACTION = "Microsoft.Compute/virtualMachines/"
_SINCE = "2020-06-01"
# ASSUMED: how long they take; docs speak of a few minutes for a redeployment.
_RESTART, _REDEPLOY = timedelta(seconds=70), timedelta(minutes=4)
# ASSUMED: an agent that comes back reports a minute after the platform is done.
_REPORTS = timedelta(minutes=1)


def _act(sim: Simulation, call: Call, verb: str, lasts: timedelta) -> Reply:
    machine = require_machine(sim, call)
    if machine.power != "running":
        raise Refusal(409, "OperationNotAllowed", f"The VM '{machine.name}' is not running.")
    effect = {"kind": "machine.treated", "args": {"machine": machine.id, "by": verb}}
    operation = start_operation(sim, "compute", lasts, effect=effect)
    sim.record(f"vm.{verb}", machine.id)
    log_activity(sim, sim.now, "the engine", f"{_ACTION}{verb}/action", machine.id)
    return accepted_by_compute(sim, call, operation, machine.location)


@route("POST", VM + "/restart", _ACTION + "restart/action", _SINCE, changes="write")
def restart(sim: Simulation, call: Call) -> Reply:
    return _act(sim, call, "restart", _RESTART)


@route("POST", VM + "/redeploy", _ACTION + "redeploy/action", _SINCE, changes="write")
def redeploy(sim: Simulation, call: Call) -> Reply:
    return _act(sim, call, "redeploy", _REDEPLOY)


@on("machine.treated")
def treat(sim: Simulation, args: dict[str, Any]) -> None:
    """Bring the agent back where this is what brings it back."""
    guest = sim.state.guests.get(args["machine"])
    if guest and guest.agent_back_by == args["by"]:
        sim.after(_REPORTS, "agent.reports", machine=args["machine"])


@on("agent.reports")
def report(sim: Simulation, args: dict[str, Any]) -> None:
    machine = sim.state.machines.get(args["machine"])
    if machine:
        sim.state.machines.put(replace(machine, agent="Ready"))
