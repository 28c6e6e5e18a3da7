"""Takes away what a case left in a machine: run commands that a fix could not remove itself, because the case ended before."""

from engine.desk import Desk
from engine.gate.guard import Held
from gateway.arm import ids
from gateway.arm.errors import AzureError, Busy, Throttled, Unavailable
from remediations.facts import Unknown

WAIT_S = 60.0
RAN = ("guest.probe", "guest.run")


async def tidy(desk: Desk) -> float | None:
    """Seconds until the next look, None once nothing of ours is left or Azure will not have it removed."""
    left = await _left(desk)
    if not left:
        return None
    try:
        for name in left:
            command = await desk.facts.run_command(name)
            if command is not None and command.provisioning_state != "Deleting":
                await desk.changes.remove_run_command(command)
            if command is not None:
                return WAIT_S
    except (Held, Busy, Throttled, Unavailable):
        return WAIT_S
    except (AzureError, Unknown) as e:
        desk.case.note(desk.now, "left behind", f"the run command {', '.join(left)} may still be there: {e}")
    return None


async def _left(desk: Desk) -> list[str]:
    """The run commands that were made in this case and are not on record as removed."""
    names: dict[str, bool] = {}
    for change in await desk.journal.changes():
        state = change["result"]["state"]
        if change["kind"] in RAN and state != "refused":
            names[ids.name(change["target"])] = True
        if change["kind"] == "guest.clean_up" and state == "done":
            names[ids.name(change["target"])] = False
    return [name for name, there in names.items() if there]
