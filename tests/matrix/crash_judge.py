"""What must be true when a world of the crash matrix is over; sentences where it is not."""

from collections import Counter
from typing import Any

from engine.cases import CLAIMS
from engine.leases import TABLE as LEASES
from tests.matrix.crash_play import Play


async def judged(play: Play, changes: tuple[str, ...]) -> tuple[str, ...]:
    """What is wrong; nothing where all ended as declared with exactly these changes, each once, and all was returned."""
    found = [*astray(await play.stage.cases(), play.stage.world), *differences(changes_of(play), changes)]
    if await play.stage.sandbox("locks") != play.stage.locks_at_start:
        found.append("the locks are not those of the start")
    for row in await play.rows.scan(LEASES):
        if row.value["state"] != "returned":
            found.append(f"the lease of {row.value['lock']['name']} is {row.value['state']}")
    found += [f"the claim of case {row.value['case']} is left" for row in await play.rows.scan(CLAIMS)]
    return tuple(found)


def changes_of(play: Play) -> tuple[str, ...]:
    """Every change of the world that the host made, in order of their names: two cases may change places."""
    return tuple(sorted(f"{change['kind']} {change['id'].casefold()}" for change in play.stage.box.changes()))


def astray(cases: list[dict[str, Any]], world: dict[str, Any]) -> list[str]:
    wanted = Counter((case["item"].casefold(), case["cause"], case["outcome"]) for case in world["cases"])
    ended = Counter((case["item"].casefold(), case["cause"], _without_date(case["outcome"])) for case in cases)
    return [
        *(f"no case ended as declared: {' '.join(one)}" for one in (wanted - ended).elements()),
        *(f"a case ended as nothing declares: {' '.join(one)}" for one in (ended - wanted).elements()),
    ]


def _without_date(outcome: str) -> str:
    """A returned lock will stand in the way again: the outcome then says when, which no world declares to the day."""
    return outcome.partition(", recurs about ")[0]


def differences(made: tuple[str, ...], wanted: tuple[str, ...]) -> list[str]:
    counted, due = Counter(made), Counter(wanted)
    return [
        *(f"{many} times too often: {one}" for one, many in (counted - due).items()),
        *(f"never done: {one}" for one in (due - counted).elements()),
    ]
