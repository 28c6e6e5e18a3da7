"""What the owner of a management lock can do, so that nothing stands unprotected meanwhile. The engine does none of it. Pure."""

import shlex
from collections.abc import Callable, Sequence

from gateway.arm import ids
from gateway.arm.model import Lock
from remediations.guides.commands import by_id, subscription_of


def replace_by_narrower(locks: Sequence[Lock], group_id: str) -> str:
    """Locks on the groups that need one, and none on the restore point group; alone, the deletion leaves all unprotected."""
    listed = f'`az group list {subscription_of(group_id)} --query "[].name" -o tsv`'
    return (
        f"1. Save what is there: {_each(locks, _save)}. 2. Make a lock on each group that needs one ({listed} names them), and "
        f"none on {ids.group(group_id)}: {_each(locks, _anew)}. 3. Only then delete the old one: {_each(locks, _delete)}; "
        f"without step 2 that leaves all of {_scopes(locks)} unprotected."
    )


def make_cannot_delete(locks: Sequence[Lock]) -> str:
    """What a ReadOnly lock becomes, and what that means."""
    return (
        f"{_each(locks, lambda lock: _level(lock, 'CanNotDelete'))}. It means: nothing can be deleted there, as before, but "
        "things can be changed again, by a backup and by everybody else who may. "
        f"{_each(locks, lambda lock: _level(lock, 'ReadOnly'))} sets it back, and from then on backups fail again."
    )


def lift(lock_ids: Sequence[str]) -> str:
    """A lock that goes for some time: saved first, so that it can come back."""
    each = "; ".join(f"`{_show(one)}`, then `az lock delete {by_id(one)}`" for one in lock_ids)
    return f"save and delete, and make it again from what was saved: {each}"


def _each(locks: Sequence[Lock], command: Callable[[Lock], str]) -> str:
    return "; ".join(f"`{command(lock)}`" for lock in locks)


def _save(lock: Lock) -> str:
    return _show(lock.id)


def _show(lock_id: str) -> str:
    return f"az lock show {by_id(lock_id)} > {shlex.quote(f'{ids.name(lock_id)}.json')}"


def _anew(lock: Lock) -> str:
    notes = f" --notes {shlex.quote(lock.notes)}" if lock.notes and "`" not in lock.notes else ""
    return (
        f"az lock create -n {shlex.quote(lock.name)} -t {lock.level} -g <each group to protect>{notes} "
        f"{subscription_of(lock.id)}"
    )


def _delete(lock: Lock) -> str:
    return f"az lock delete {by_id(lock.id)}"


def _level(lock: Lock, level: str) -> str:
    return f"az lock update --lock-type {level} {by_id(lock.id)}"


def _scopes(locks: Sequence[Lock]) -> str:
    return ", ".join(dict.fromkeys(lock.scope for lock in locks))
