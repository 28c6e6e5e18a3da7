"""One platform step: where the machine is well nothing is done; else it is asked for once, and looked at until it helped."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.arm import ids
from gateway.arm.model import Machine, Started
from remediations.contract import Done, NeedsApproval, NotApplicable, NothingToDo, Result, Scene, TryLater
from remediations.platform.ailing import ailing

LOOK_S = 60.0
HELPS_WITHIN = timedelta(minutes=20)
"""From the asking; a recorded reapply took 6 s (sample C23), an agent reports some minutes after a restart."""
MAYBE_DONE_FOR = timedelta(minutes=10)
"""A step whose answer was lost may be on its way for so long; then it is asked for again (design: intents)."""

MACHINE_READS = (
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
    "Microsoft.RecoveryServices/Vaults/backupJobs/read",
)


@dataclass(frozen=True, slots=True)
class PlatformStep:
    """`kind` is the journal's. `asks`: what a person has to agree to, "" where the policy alone decides. `loses`: what of this
    very machine would be lost, so that it is not done, "" where nothing would.
    """

    kind: str
    done: str
    start: Callable[[Scene], Awaitable[Started]]
    asks: str = ""
    loses: Callable[[Machine], str] = lambda machine: ""


async def touched(at: Scene) -> tuple[str, ...]:
    """The machine."""
    return (ids.key((await at.facts.machine()).id),)


async def take(at: Scene, step: PlatformStep) -> Result:
    """Ask for the step once, and come back until the machine is well or its time is over."""
    machine = await at.facts.machine()
    attempt = await at.changes.attempt(step.kind, machine.id)
    begun = attempt.begun if attempt and attempt.begun >= at.since else None
    lost = begun is not None and attempt is not None and not attempt.operation and at.now - begun >= MAYBE_DONE_FOR
    wrong = ailing(machine)
    if not wrong:
        return Done(f"{machine.name} {step.done}, and is well") if begun else NothingToDo(f"{machine.name} is well")
    if machine.power != "running":
        return NotApplicable(f"{wrong}: a machine that does not run is never started by itself")
    if begun is not None and not lost:
        return _wait(at, begun, wrong)
    if running := await at.facts.running():
        return TryLater(900, at.memo, f"the {running[0].operation.lower()} job {running[0].name} is running")
    if machine.provisioning_state in ("Updating", "Creating"):
        return TryLater(300, at.memo, f"{machine.name} is {machine.provisioning_state}")
    if gone := step.loses(machine):
        return NotApplicable(f"{machine.name} is left where it is: {gone} would be lost")
    if step.asks and at.params.get("agreed") is not True:
        return NeedsApproval(f"{machine.name} {step.asks}", {"agreed": True}, (ids.key(machine.id),))
    await step.start(at)
    return TryLater(LOOK_S, at.memo, f"{machine.name} {step.done}; looking whether it helped")


def _wait(at: Scene, begun: datetime, wrong: str) -> Result:
    if at.now - begun < HELPS_WITHIN:
        return TryLater(LOOK_S, at.memo, f"not well yet: {wrong}")
    return NotApplicable(f"{wrong}, {HELPS_WITHIN.seconds // 60} minutes after")
