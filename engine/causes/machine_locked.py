"""A management lock on the machine itself."""

from engine.causes.actions import MACHINE_LOCKS
from engine.causes.again import then_back_up
from engine.causes.contract import Verdict, cause, confirmed, ruled_out
from gateway.arm import ids
from gateway.arm.model import Lock
from remediations.facts import Facts
from remediations.guides.locks import make_cannot_delete


@cause(fixes=[], permissions=[*MACHINE_LOCKS])
async def machine_locked(evidence: Facts) -> Verdict:
    """A ReadOnly lock reaches the machine and keeps Azure Backup from writing to it; it is never lifted by the engine."""
    machine = await evidence.machine()
    binding = [
        lock
        for lock in await evidence.locks_reaching(machine.id)
        if _read_only(lock) and ids.within(machine.id, lock.scope)
    ]
    if not binding:
        return ruled_out(f"no ReadOnly lock reaches {machine.name}")
    named = "; ".join(f"{lock.name} on {lock.scope}{f' ({lock.notes})' if lock.notes else ''}" for lock in binding)
    return confirmed(
        f"{len(binding)} ReadOnly lock(s) reach {machine.name}: {named}",
        instructions=(
            f"Ask the owner of {named} to make it CanNotDelete, which backups bear: {make_cannot_delete(binding)} "
            f"The engine does not touch it. {then_back_up(evidence)}"
        ),
    )


def _read_only(lock: Lock) -> bool:
    return lock.level.casefold() == "readonly"
