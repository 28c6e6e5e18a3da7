"""The guest agent does not answer, and Azure's own network keeps the machine from Azure."""

from dataclasses import replace

from engine.causes.actions import WAY_OUT
from engine.causes.contract import Verdict, cause
from engine.causes.outward import storage_in_reach
from engine.causes.silent_agent import silent_agent
from remediations.facts import Facts


@cause(fixes=[], permissions=[*WAY_OUT])
async def agent_cut_off(evidence: Facts) -> Verdict:
    """The guest agent is Not Ready because a security rule or a route keeps the machine from Azure.

    Asked before the platform does anything to the machine: no restart opens a network. Where the agent answers, or none is
    needed, no network is read; `network_blocked` looks there when what costs nothing more was asked.
    """
    machine = await silent_agent(evidence)
    if isinstance(machine, Verdict):
        return machine
    found = await storage_in_reach(evidence)
    return (
        replace(found, reason=f"the guest agent is Not Ready, and {found.reason}")
        if found.says == "confirmed"
        else found
    )
