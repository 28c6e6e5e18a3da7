"""Runs one script of ours in a guest, to its end, and removes its run command again. Safe to call again at any point.

A managed run command is a resource: after a crash it is found by its name, with all that its script said. What it said is
kept in the memo before the command is removed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.arm import ids
from gateway.arm.model import Lock, Machine
from gateway.arm.run_commands import RunCommand
from remediations.contract import NotApplicable, Result, Scene, TryLater
from remediations.guest.scripts import Script

LOOK_S = 15.0
LOST_LOOK_S = 150.0
"""Between two looks for a command whose request got no answer."""
MAYBE_MADE_FOR = timedelta(minutes=10)
"""A command that was asked for without an answer is looked for so long before it is asked for again (design: intents)."""
PATIENCE = timedelta(minutes=15)
"""Beyond the script's own time: a machine that was Ready has begun it long before, or never will."""
REMOVAL_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Ran:
    """What the script came to; its run command is gone from the machine, or will not go."""

    state: str
    exit_code: int | None
    output: str
    error: str

    @property
    def why(self) -> str:
        """How it ended, in a few words."""
        code = f" with exit code {self.exit_code}" if self.exit_code else ""
        return f"the script ended {self.state}{code}{f': {self.error[:200]}' if self.error else ''}"


def command_id(machine: Machine, name: str) -> str:
    return f"{machine.id}/runCommands/{name}"


async def run_script(at: Scene, script: Script) -> Ran | Result:
    """The script's end, or what to do until then. Needs a running machine with an agent that answers."""
    machine, name = await at.facts.machine(), script.command(at.target.case)
    command = await at.facts.run_command(name)
    if at.memo.get("ran"):
        return await _removed(at, command) or Ran(**at.memo["ran"])
    if command is not None:
        return _look(at, command, script)
    if wait := await _not_yet(at, machine, script, name):
        return wait
    await at.changes.run_in_guest(script, name)
    return TryLater(LOOK_S, {**at.memo, "asked": at.now.isoformat()}, f"{script.name} was started in {machine.name}")


def _look(at: Scene, command: RunCommand, script: Script) -> Result:
    asked = datetime.fromisoformat(at.memo.get("asked") or at.now.isoformat())
    memo = {**at.memo, "asked": asked.isoformat()}
    if command.ended:
        return TryLater(1, {**memo, "ran": _kept(command)}, f"the script in the guest has ended: {command.state}")
    if at.now - asked < timedelta(seconds=script.may_take_s) + PATIENCE:
        return TryLater(LOOK_S, memo, f"the script in the guest is {command.state or 'not begun'}")
    late: dict[str, Any] = {"state": "TimedOut", "exit_code": None, "output": "", "error": "no end was seen"}
    return TryLater(1, {**memo, "ran": late}, "the script in the guest came to no end")


def _kept(command: RunCommand) -> dict[str, Any]:
    state = command.state or command.provisioning_state
    error = command.error or command.message
    return {"state": state, "exit_code": command.exit_code, "output": command.output, "error": error}


async def _removed(at: Scene, command: RunCommand | None) -> Result | None:
    """None once the command is gone; one that does not go is left to the end of the case."""
    looks = int(at.memo.get("removing") or 0)
    if command is None or looks >= REMOVAL_LOOKS:
        return None
    if command.provisioning_state != "Deleting":
        await at.changes.remove_run_command(command)
    return TryLater(LOOK_S, {**at.memo, "removing": looks + 1}, "the run command is being removed")


def _binds(lock: Lock, machine: Machine, name: str) -> bool:
    return ids.within(command_id(machine, name), lock.scope)


async def _not_yet(at: Scene, machine: Machine, script: Script, name: str) -> Result | None:
    """Why nothing may be run in the guest now: no agent, a lock, a running job, an updating machine, an earlier try on its way."""
    if machine.power != "running" or machine.agent_ready is not True:
        state = machine.power if machine.power != "running" else "without an agent that answers"
        return NotApplicable(f"{machine.name} is {state or 'in an unknown state'}: nothing can run in its guest")
    if binding := [lock for lock in await at.facts.locks_reaching(machine.id) if _binds(lock, machine, name)]:
        lock = f"the lock {binding[0].name} ({binding[0].level}) on {binding[0].scope}"
        return NotApplicable(f"{lock} covers {machine.name}: what is run in its guest could not be removed again")
    if running := await at.facts.running():
        return TryLater(900, at.memo, f"the {running[0].operation.lower()} job {running[0].name} is running")
    if machine.provisioning_state in ("Updating", "Creating"):
        return TryLater(60, at.memo, f"{machine.name} is {machine.provisioning_state}")
    attempt = await at.changes.attempt(script.kind, command_id(machine, name))
    if attempt and attempt.begun >= at.since and at.now - attempt.begun < MAYBE_MADE_FOR:
        return TryLater(LOST_LOOK_S, at.memo, "a script was started and may be on its way; looking for it")
    return None
