"""A machine on the way from one power state to another."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.facts import Facts, Unknown
from remediations.platform.ailing import BETWEEN

SPACING_S = 900
"""From the failure; the article asks to wait until the machine is running, stopped or deallocated."""


@cause(fixes=[step("trigger_backup", spacing_s=SPACING_S)], permissions=[*MACHINE])
async def machine_between_states(evidence: Facts) -> Verdict:
    """The machine is starting, stopping or being deallocated; a backup works once it has arrived."""
    machine = await evidence.machine()
    if not machine.power:
        raise Unknown(f"the instance view of {machine.name} does not tell its power state")
    if machine.power not in BETWEEN:
        return ruled_out(f"{machine.name} is {machine.power}")
    return confirmed(f"{machine.name} is {machine.power}; the backup waits until it has arrived")
