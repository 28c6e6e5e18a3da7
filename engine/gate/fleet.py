"""A case as one of many: it joins those that share its cause, and goes on by the answer that was given for all."""

from dataclasses import dataclass
from typing import Any

from engine.case import NEEDS_PERSON
from engine.causes.contract import Verdict
from engine.decisions import APPROVE
from engine.desk import Desk
from engine.fleets import BAD, GO, WAITS, Fleet, Member, Turn
from engine.plan import for_all, told

AT_WORK = ("diagnose", "gate", "step")


@dataclass(frozen=True, slots=True)
class Place:
    """The case's place in its fleet. `staged`: one machine is proven before the next."""

    fleet: Fleet
    case: str
    staged: bool

    @property
    def led(self) -> bool:
        """Whether another case speaks for this one."""
        leader = self.fleet.leader
        return self.fleet.holds(self.case) and leader is not None and leader.case != self.case

    @property
    def leads(self) -> bool:
        return self.fleet.holds(self.case) and not self.led

    @property
    def waits_for(self) -> str:
        """The case whose answer or proof this one waits for, "" where it need not."""
        leader = self.fleet.leader
        unanswered = leader is not None and leader.state == WAITS and (self.staged or self.fleet.word is None)
        return leader.case if leader is not None and self.led and unanswered else ""


async def join(desk: Desk, verdict: Verdict) -> None:
    """Join the cases that share the confirmed cause; a plan that was asked about for all stays as it was."""
    case = desk.case
    if not verdict.shared or case.told.dry_run:
        return
    if not case.fleet:
        touches = tuple(tuple(step["touches"]) for step in case.plan["steps"])
        member = Member(case.id, case.machine, desk.now.isoformat(), touches)
        shared = f"{case.cause} {verdict.shared}"
        case.fleet = {"id": await desk.engine.fleets.join(shared, member, desk.now), "staged": verdict.staged}
    place = await place_in_fleet(desk)
    if place and place.leads and place.fleet.asked:
        case.plan = for_all(case.plan, others(place))


async def place_in_fleet(desk: Desk) -> Place | None:
    """None where the case stands alone."""
    if not desk.case.fleet:
        return None
    fleet = await desk.engine.fleets.get(desk.case.fleet["id"])
    return Place(fleet, desk.case.id, bool(desk.case.fleet["staged"]))


def others(place: Place) -> list[Any]:
    """Who else is in the plan that is asked about, and what it touches there."""
    asked = place.fleet.asked
    return [m.named() for m in place.fleet.members if m.case in asked and m.case != place.case]


async def turn_of(desk: Desk, place: Place | None) -> Turn:
    """Whether it is the case's turn: a fault shared by many is mended on one machine first."""
    if place is None:
        return GO
    if not place.staged:
        return await _once_for_all(desk, place)
    return await desk.engine.fleets.turn_of(place.fleet, place.case, desk.engine.policy.limits.fleet_failures_percent)


async def _once_for_all(desk: Desk, place: Place) -> Turn:
    """What is one for all, such as a lock, is changed by one case; the others follow at once when that step of it is over.

    They do not wait for its proof: that comes with the next scheduled backup, which is theirs too, and what was borrowed for
    all would stay out for a day longer, or be returned in between and have to be borrowed again.
    """
    leader = place.fleet.leader
    if not place.led or desk.case.step or leader is None:
        return GO
    if leader.state == BAD:
        return Turn("failed", leader.case)
    got = await desk.engine.cases.get(leader.case)
    at_it = got is not None and not got[0].step and got[0].phase in AT_WORK
    return Turn("follows", leader.case) if at_it else GO


async def heed(desk: Desk, place: Place | None) -> None:
    """Take the answer that a person gave for all as the answer to this very plan, where it touches no more than was named."""
    case = desk.case
    word = place.fleet.word if place else None
    if place is None or word is None or word.case == case.id or case.id not in place.fleet.asked:
        return
    if case.ask or case.step or case.plan["from"] or case.plan["asks"]:
        return
    if word.answer != APPROVE:
        why = f"{word.who} refused the plan for all, case {word.case}: {word.why}"
        case.end(desk.now, NEEDS_PERSON, why, f"The plan was: {told(case.plan)} {case.by_hand}".strip())
        return
    mine = next(member for member in place.fleet.members if member.case == case.id)
    named = zip(case.plan["steps"], mine.touches, strict=False)
    if len(mine.touches) == len(case.plan["steps"]) and all(set(step["touches"]) <= set(t) for step, t in named):
        case.ask = {"hash": case.plan["hash"], "why": "one plan for all", "answer": APPROVE, "who": word.who}
        case.ask |= {"at": word.at, "expires": word.at, "answered": word.at, "for_all": word.case}
        case.note(desk.now, "decision", f"approve by {word.who} for all, with case {word.case}: {word.why}")
