"""A machine on the way from one power state to another at a world's start."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.backup.problems import problem
from sandbox.model import Machine, Problem
from sandbox.simulation import Simulation, on

# ASSUMED: a start sets the time beside the machine's provisioning state anew, as its creation does (C26).

SHOWN = {
    "running": "VM running",
    "deallocated": "VM deallocated",
    "stopped": "VM stopped",
    # Docs on states and billing of machines name these; no recording shows them.
    "starting": "VM starting",
    "stopping": "VM stopping",
    "deallocating": "VM deallocating",
}
"""How the instance view prints each power state."""
_ENDS = {"starting": "running", "stopping": "stopped", "deallocating": "deallocated"}


def plan_arrival(sim: Simulation, machine: Machine, declared: dict[str, Any]) -> None:
    """The state that it is on its way to is reached after so many minutes."""
    if "arrives_after" in declared:
        sim.after(timedelta(minutes=declared["arrives_after"]), "machine.arrived", machine=machine.id)


def plan_agent(sim: Simulation, machine: Machine, declared: dict[str, Any]) -> None:
    """A machine that somebody started at the world's start: its agent reports after so many minutes."""
    if "agent_after" in declared:
        sim.state.machines.put(replace(machine, started=sim.now, agent="Not Ready"))
        sim.after(timedelta(minutes=declared["agent_after"]), "agent.reports", machine=machine.id)


@on("machine.arrived")
def arrive(sim: Simulation, args: dict[str, Any]) -> None:
    machine = sim.state.machines.get(args["machine"])
    if machine and machine.power in _ENDS:
        sim.state.machines.put(replace(machine, power=_ENDS[machine.power]))


def power_need(machine: Machine) -> Problem | None:
    """ASSUMED: a machine between two states fails every snapshot, as the article's code says."""
    return problem("UserErrorVmNotInDesirableState") if machine.power in _ENDS else None
