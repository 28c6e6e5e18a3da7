"""What a preflight found out, a row for each thing looked at, and how it is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from engine.rights.preflight_rights import Deployed, Missing, Place, Taken
from engine.rights.preflight_scopes import Scope
from engine.rights.roles import READER

OK, MISSING, WRONG, UNKNOWN, NOTE = "ok", "missing", "wrong", "unknown", "note"
BAD = (MISSING, WRONG, UNKNOWN)
"""What keeps a deployment from working as it is meant to."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at: how it stands, what it is, and what is to be said and done about it."""

    state: str
    what: str
    text: str
    more: tuple[str, ...] = ()

    @property
    def bad(self) -> bool:
        return self.state in BAD

    def lines(self) -> list[str]:
        """One line of what stands, whatever line breaks Azure's text holds, and one of each thing more."""
        return [f"{self.state:8} {self.what}: {' '.join(self.text.split())}", *(f"{'':9}{line}" for line in self.more)]


def of_rights(
    what: str, scope: str, count: int, lacking: Iterable[Missing], taken: Iterable[Taken], ours: Deployed
) -> Row:
    """The row of one scope: its missing actions by role with the command that gives it, and what is denied."""
    lacking, taken = list(lacking), list(taken)
    surely = [one for one in taken if one.surely]
    more = [*_by_role(scope, lacking, ours), *_by_deny(taken)]
    if not lacking and not surely:
        perhaps = f", of which {len({one.action for one in taken})} may be denied" if taken else ""
        return Row(OK, what, f"{count} actions allowed{perhaps}", tuple(more))
    said = [f"{len(lacking)} of {count} actions are missing"] if lacking else []
    said += [f"{len({one.action for one in surely})} are denied"] if surely else []
    return Row(MISSING, what, ", ".join(said), tuple(more))


def of_refusal(what: str, scope: str, text: str, lacking: Iterable[Missing], ours: Deployed) -> Row:
    """The row of what may not even be looked at, with the role that would let us."""
    return Row(MISSING, what, text, tuple(_by_role(scope, list(lacking), ours)))


def of_unseen(what: str, scope: Scope, why: Exception, ours: Deployed) -> Row:
    """A group that is gone needs nothing; a subscription that is not seen lacks everything, first of all the reader."""
    if scope.place is not Place.SUBSCRIPTION:
        return Row(NOTE, what, f"is gone: {why}")
    return Row(MISSING, what, f"is not seen by the identity: {why}", (ours.assignment_command(READER, scope.id),))


def _by_role(scope: str, lacking: list[Missing], ours: Deployed) -> list[str]:
    told: list[str] = []
    for role, held in groupby(lacking, key=lambda one: one.role):
        told += [f"{one.action} (role {ours.role(role)})" for one in held]
        told.append(ours.assignment_command(role, scope))
    return told


def _by_deny(taken: list[Taken]) -> list[str]:
    return [
        f"{one.action} {'is' if one.surely else 'may be'} denied by the deny assignment {one.deny.name} on {one.deny.scope}"
        for one in taken
    ]
