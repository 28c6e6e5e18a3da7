"""Nothing is wrong any more."""

from engine.causes.actions import MACHINE
from engine.causes.contract import Verdict, cause, confirmed, ruled_out, step
from remediations.facts import Facts, Unknown

SPACING_S = 900
"""A passing error is not tried again sooner: the service itself asks to wait a few minutes."""


@cause(
    fixes=[step("trigger_backup", prefer_schedule=True, spacing_s=SPACING_S)],
    permissions=[*MACHINE],
    by_exclusion=True,
)
async def transient_error(evidence: Facts) -> Verdict:
    """An error of the service that passes by itself: the machine, its agent and its extensions are healthy."""
    machine = await evidence.machine()
    if machine.provisioning_state != "Succeeded":
        return ruled_out(f"{machine.name} is {machine.provisioning_state or 'in an unknown state'}")
    if not machine.power or (machine.power == "running" and machine.agent_ready is None):
        raise Unknown(f"the instance view of {machine.name} says nothing about its power or its agent")
    if machine.agent_ready is False and machine.power == "running":
        return ruled_out(f"the guest agent of {machine.name} is Not Ready")
    if failed := [e.name for e in machine.extensions if e.failed]:
        return ruled_out(f"the extension {failed[0]} is Failed")
    if (item := await evidence.item()).protection_state not in ("Protected", "IRPending", "ProtectionError"):
        return ruled_out(f"the item is {item.protection_state or 'in an unknown protection state'}")
    return confirmed(
        f"{machine.name}, its agent and its extensions are healthy: the error was a passing one",
    )
