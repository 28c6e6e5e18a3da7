"""What a fix is: a reconciler that looks at the world, does at most a little, and says how far it got.

A fix never sleeps and never waits for a long-running operation: it starts it once, returns `TryLater`, and when called
again finds the truth in Azure. It says `Done` only after looking again. Running it twice is safe.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from gateway.arm.model import Collection, Extension, Job, Lock, RestorePoint, Started
from gateway.arm.run_commands import RunCommand
from remediations.facts import Facts
from remediations.guest.scripts import Script

Memo = dict[str, Any]
Params = dict[str, Any]


class Risk(StrEnum):
    """How much a fix can harm, least first; policy decides by it."""

    BACKUP = "backup"
    EXTENSION = "extension"
    GUEST = "guest"
    MACHINE = "machine"
    GOVERNANCE = "governance"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a fix works on, the failure that brought it here, and the case that works on it. `failed_at` in UTC."""

    item_id: str
    code: str
    failed_at: datetime
    case: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The fix took hold, seen in Azure. `job`: the backup job that shows it, where there is one."""

    reason: str
    job: str = ""


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """The world is already as the fix would make it."""

    reason: str


@dataclass(frozen=True, slots=True)
class TryLater:
    """Come back in `delay` seconds; `memo` is a hint for then, never the only record."""

    delay: float
    memo: Memo
    reason: str


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """This fix cannot help here; the next step of the plan may. `job`: the failed backup job that shows it, where there is one."""

    reason: str
    job: str = ""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """A person must agree to exactly this first, whatever the policy says; once agreed, the fix gets `params` with it.

    `touches`: the ids of everything that would be changed, for the hash of the plan. `effect`: what the fix then does, where
    that is not what it does by itself. `if_refused`: what to do where nobody agrees.
    """

    what: str
    params: Params = field(default_factory=dict)
    touches: tuple[str, ...] = ()
    effect: str = ""
    if_refused: str = ""


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """Only a person can go on; what to do, exactly."""

    instructions: str


@dataclass(frozen=True, slots=True)
class Learned:
    """A look inside the guest is over, whatever came of it; the case keeps `probed` and looks for the cause anew."""

    reason: str
    probed: dict[str, Any]


Result = Done | NothingToDo | TryLater | NotApplicable | NeedsApproval | NeedsPerson | Learned


@dataclass(frozen=True, slots=True)
class Attempt:
    """A write that was begun; `operation` is "" where its answer was lost: it may or may not have taken effect."""

    begun: datetime
    operation: str


class Changes(Protocol):
    """Every write a fix can make: fenced, journalled, and refused where changes are off."""

    async def delete_lock(self, lock: Lock) -> Started: ...

    async def trigger_backup(self, expiry: datetime) -> Started: ...

    async def cancel_job(self, job: Job) -> Started: ...

    async def delete_restore_point(self, point: RestorePoint) -> Started: ...

    async def delete_collection(self, collection: Collection) -> Started: ...

    async def delete_extension(self, extension: Extension) -> Started: ...

    async def run_in_guest(self, script: Script, name: str) -> Started:
        """Run one of our scripts in the machine's guest, as the run command of this name."""
        ...

    async def remove_run_command(self, command: RunCommand) -> Started: ...

    async def reapply_machine(self) -> Started: ...

    async def restart_machine(self) -> Started: ...

    async def redeploy_machine(self) -> Started: ...

    async def job_of(self, started: Started) -> str:
        """The backup job that a triggered backup became, "" while Azure has not named it."""
        ...

    async def attempt(self, kind: str, target: str) -> "Attempt | None":
        """This case's newest write of the kind on the target that was not refused; None where there is none."""
        ...

    async def last_change(self) -> datetime | None:
        """When this case last changed something in Azure; None where it has not."""
        ...


class Leases(Protocol):
    """What is borrowed and must be returned."""

    async def take(self, lock: Lock, group_id: str) -> bool:
        """Store the lock whole and durably before it goes; False while an earlier lease of it is being returned."""
        ...

    async def join(self, group_id: str) -> list[Lock] | None:
        """Share the leases that are out for this group: the locks they will bring back; None while one is returned."""
        ...

    async def last_lift(self, group_id: str) -> datetime | None:
        """When a lock of this group was last lifted by an earlier case; None where none is on record."""
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """All that one call of a fix gets. `now` and `since`, when this step of the plan began, in UTC."""

    target: Target
    facts: Facts
    changes: Changes
    leases: Leases
    now: datetime
    since: datetime
    params: Params = field(default_factory=dict)
    memo: Memo = field(default_factory=dict)


Fix = Callable[[Scene], Awaitable[Result]]
Preview = Callable[[Scene], Awaitable[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Remediation:
    """A fix and what its owner must know before it may run; `preview` names what it would touch, and reads only."""

    name: str
    effect: str
    risk: Risk
    permissions: tuple[str, ...]
    run: Fix
    preview: Preview


REMEDIATIONS: dict[str, Remediation] = {}
"""Every fix by name, filled as their modules are imported."""


def remediation(*, risk: Risk, permissions: list[str], preview: Preview) -> Callable[[Fix], Fix]:
    """Registers a fix under its function's name, which must be its module's name too; raises at import otherwise."""

    def register(run: Fix) -> Fix:
        name = getattr(run, "__name__", "")
        module = str(run.__module__).rpartition(".")[2]
        if name != module or name in REMEDIATIONS:
            raise TypeError(f"remediations/{module}.py: a fix bears its module's name, once; found {name!r}")
        effect = (run.__doc__ or "").strip().split("\n")[0]
        REMEDIATIONS[name] = Remediation(name, effect, risk, tuple(permissions), run, preview)
        return run

    return register
