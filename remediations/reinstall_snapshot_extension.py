"""Removes a broken VMSnapshot extension; the next backup installs it anew."""

from dataclasses import replace

from gateway.arm import ids
from gateway.arm.model import Extension, Lock, Machine
from remediations.backups.known_builds import REINSTALL, bad_build
from remediations.contract import Done, NeedsPerson, NothingToDo, Result, Risk, Scene, TryLater, remediation
from remediations.guides.commands import by_id

LOOK_AGAIN_S = 30.0
TRIES = 3
LOOKS_A_TRY = 10
"""A deletion that was accepted has five minutes before it is asked for again."""
GIVE_UP_LOOKS = 40
"""Looks at a deletion before a person is called: 40 half minutes; a recorded one took 11 s (sample C27)."""


async def touched(at: Scene) -> tuple[str, ...]:
    """The snapshot extension with its version."""
    machine = await at.facts.machine()
    return tuple(
        f"{ids.key(machine.id)}/extensions/{e.name.lower()} ({e.version})" for e in machine.extensions if e.is_backup
    )


@remediation(
    risk=Risk.EXTENSION,
    preview=touched,
    permissions=[
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/extensions/delete",
        "Microsoft.Authorization/locks/read",
        "Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read",
        "Microsoft.RecoveryServices/Vaults/backupJobs/read",
    ],
)
async def reinstall_snapshot_extension(at: Scene) -> Result:
    """Delete the broken or outdated VMSnapshot extension, which the next backup reinstalls."""
    machine = await at.facts.machine()
    extension = next((e for e in machine.extensions if e.is_backup), None)
    if extension is None:
        return (
            Done("the extension is gone") if at.memo.get("asked") else NothingToDo("no VMSnapshot extension is there")
        )
    stuck = at.params.get("stuck") is True and not at.memo.get("asked")
    if extension.state == "Deleting" and not stuck:
        return _wait(at) if at.memo.get("looks", 0) < GIVE_UP_LOOKS else _by_hand(machine, extension)
    outdated = at.params.get("outdated") is True and bad_build(machine, extension, REINSTALL)
    if not (extension.failed or stuck or outdated):
        return NothingToDo(f"{extension.name} is {extension.state or 'in an unknown state'}, not Failed")
    if refused := await _refused(at, machine, extension):
        return refused
    tries = int(at.memo.get("tries") or 0)
    if tries >= TRIES or at.memo.get("looks", 0) >= GIVE_UP_LOOKS:
        return _by_hand(machine, extension)
    if tries and int(at.memo["looks"]) < tries * LOOKS_A_TRY:
        return _wait(at)
    await at.changes.delete_extension(extension)
    return _wait(replace(at, memo={**at.memo, "tries": tries + 1}))


def _by_hand(machine: Machine, extension: Extension) -> Result:
    return NeedsPerson(
        f"{extension.name} on {machine.name} does not go away; remove it by hand: `{_command(machine)}`."
    )


def _wait(at: Scene) -> Result:
    looks = int(at.memo.get("looks") or 0) + 1
    return TryLater(LOOK_AGAIN_S, {**at.memo, "asked": True, "looks": looks}, "the extension is being removed")


async def _refused(at: Scene, machine: Machine, extension: Extension) -> Result | None:
    """Why it may not be removed now: a silent agent, a running job, an updating machine, a lock."""
    if machine.agent_ready is not True:
        return NeedsPerson(
            f"The guest agent of {machine.name} does not answer, so {extension.name} cannot be removed: "
            f"{machine.agent_message or 'no status'}. Bring the agent back first."
        )
    if running := await at.facts.running():
        return TryLater(900, at.memo, f"the {running[0].operation.lower()} job {running[0].name} is running")
    if machine.provisioning_state in ("Updating", "Creating"):
        return TryLater(300, at.memo, f"{machine.name} is {machine.provisioning_state}")
    binding = [lock for lock in await at.facts.locks_reaching(machine.id) if _binds(lock, machine, extension)]
    if binding:
        return NeedsPerson(
            f"The lock {binding[0].name} ({binding[0].level}) on {binding[0].scope} covers {extension.name}; "
            f"its owner must lift it, then: `{_command(machine)}`."
        )
    return None


def _binds(lock: Lock, machine: Machine, extension: Extension) -> bool:
    return ids.within(f"{machine.id}/extensions/{extension.name}", lock.scope)


def _command(machine: Machine) -> str:
    name = "VMSnapshotLinux" if machine.os == "Linux" else "VMSnapshot"
    return f"az vm extension delete {by_id(f'{machine.id}/extensions/{name}')}"
