"""Whether what a fix writes can be taken back, by the ARM actions that it declares. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from remediations.contract import Remediation


class Undo(StrEnum):
    """Who takes a write back."""

    ENGINE = "the engine"
    NOBODY = "not needed"
    PERSON = "a person"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "not on record"


@dataclass(frozen=True, slots=True)
class Undone:
    """One write of a fix: the action, who takes it back, and how."""

    action: str
    undo: Undo
    how: str


_HOW = {
    "microsoft.authorization/locks/delete": (
        Undo.ENGINE,
        "the lock is stored whole before it goes, and written back; `GET /api/leases` shows the `az` command that does the same",
    ),
    "microsoft.authorization/locks/write": (Undo.NOBODY, "it gives back what was lifted"),
    "microsoft.compute/restorepointcollections/restorepoints/delete": (
        Undo.IMPOSSIBLE,
        "the snapshot is gone; its copy in the vault remains",
    ),
    "microsoft.compute/restorepointcollections/delete": (
        Undo.IMPOSSIBLE,
        "the snapshots are gone; only a person agrees to that, point by point",
    ),
    "microsoft.compute/virtualmachines/extensions/delete": (Undo.NOBODY, "the next backup installs it again"),
    "microsoft.compute/virtualmachines/runcommands/write": (
        Undo.PERSON,
        "the case shows with each change inside the guest how to take it back; a script that only reads leaves nothing",
    ),
    "microsoft.compute/virtualmachines/runcommands/delete": (
        Undo.NOBODY,
        "it removes only the engine's own run command",
    ),
    "microsoft.compute/virtualmachines/reapply/action": (Undo.NOBODY, "the machine's own model is applied again"),
    "microsoft.compute/virtualmachines/restart/action": (Undo.IMPOSSIBLE, "a restart is over when it is over"),
    "microsoft.compute/virtualmachines/redeploy/action": (
        Undo.IMPOSSIBLE,
        "the machine lies on another host; machines with local or ephemeral disks are refused",
    ),
    "microsoft.recoveryservices/vaults/backupjobs/cancel/action": (
        Undo.IMPOSSIBLE,
        "the job has ended without a recovery point; a new backup takes its place",
    ),
    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems/backup/action": (
        Undo.NOBODY,
        "the recovery point expires at the end of its retention",
    ),
}
_NOT_ON_RECORD = (Undo.UNKNOWN, "how to take it back is not on record")


def undone(fix: Remediation) -> tuple[Undone, ...]:
    """Each write that the fix declares, in its order."""
    writes = [action for action in fix.permissions if not action.casefold().endswith("/read")]
    return tuple(Undone(action, *_HOW.get(action.casefold(), _NOT_ON_RECORD)) for action in writes)
