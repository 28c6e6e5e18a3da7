"""One platform step: where the machine is well nothing is done; else it is asked for once, and looked at until it helped."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.arm import ids
from gateway.arm.model import Machine, Started
from remediations.contract import Done, NeedsApproval, NotApplicable, NothingToDo, Result, Scene, TryLater
from remediations.platform.ailing import ailing

LOOK_S = 60.0
LOST_LOOK_S = 240.0
"""Between two looks at a machine where it is not known whether the step was taken."""
HELPS_WITHIN = timedelta(minutes=20)
"""From the asking; a recorded reapply took 6 s (sample C23), an agent reports some minutes after a restart. The activity log
knows of it by then too: an entry takes some minutes (learn.microsoft.com/azure/azure-monitor/logs/data-ingestion-time)."""
CLOCKS_DIFFER = timedelta(minutes=2)
SHUT_DOWN_INSIDE = (
    "; its agent is silent, so it may also have been shut down from inside while Azure shows it as running: then this would "
    "start it again"
)
"""Azure cannot tell that from a hung agent on a live machine (coverage B6): whoever is asked has to know."""

MACHINE_READS = (
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
    "Microsoft.RecoveryServices/Vaults/backupJobs/read",
    "Microsoft.Insights/eventtypes/values/read",
)


@dataclass(frozen=True, slots=True)
class PlatformStep:
    """`kind` is the journal's, `machine.` and the verb of Azure's action. `asks`: what a person has to agree to, "" where the policy alone decides. `loses`: what of this
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
    wrong = ailing(machine)
    if not wrong:
        return Done(f"{machine.name} {step.done}, and is well") if begun else NothingToDo(f"{machine.name} is well")
    if machine.power != "running":
        return NotApplicable(f"{wrong}: a machine that does not run is never started by itself")
    if begun is not None and at.now - begun < HELPS_WITHIN:
        look = LOOK_S if attempt is not None and attempt.operation else LOST_LOOK_S
        return TryLater(look, at.memo, f"not well yet: {wrong}")
    if attempt is not None and begun is not None and (attempt.operation or await _reached_azure(at, step, begun)):
        return NotApplicable(f"{wrong}, {HELPS_WITHIN.seconds // 60} minutes after")
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


async def _reached_azure(at: Scene, step: PlatformStep, begun: datetime) -> bool:
    """Whether a step whose answer was lost was taken all the same, by the activity log: no machine is restarted twice."""
    action = f"/{step.kind.removeprefix('machine.')}/action"
    done = await at.facts.done_to_machine()
    return any(one.operation.casefold().endswith(action) and one.at >= begun - CLOCKS_DIFFER for one in done)
