"""Cases that share one confirmed cause: one plan, one answer, one machine first, then the others in growing batches.

A fleet is a few rows: which one is open for a shared thing, its members, who is in the plan that was asked about, and what a
person said of it. A member's own row is written by its own case only; places in a batch are slots.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.limits.slots import Slots
from gateway.store.rows import Conflict, Exists, Rows

TABLE = "fleets"
WINDOW = timedelta(hours=1)
"""Cases that find the cause so long after the first belong to its fleet; log alerts come up to half an hour late (azure-facts, A)."""
WAITS, GOOD, BAD, GONE = "waits", "good", "bad", "gone"
ALL = 1_000_000
MEMBERS = 200
"""Machines of one plan at most: more than a person can look over, and what one row can hold."""


@dataclass(frozen=True, slots=True)
class Member:
    """One case of a fleet. `touches`: for each step of its plan what the step would touch."""

    case: str
    machine: str
    at: str
    touches: tuple[tuple[str, ...], ...]
    state: str = WAITS

    def named(self) -> list[Any]:
        """As the plan that a person answers holds it."""
        return [self.case, self.machine, [list(step) for step in self.touches]]


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said of the plan for all. `case`: whose plan was asked about."""

    answer: str
    who: str
    at: str
    why: str
    case: str


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet as it stands, members in the order in which they came. `asked`: those in the plan that was asked about."""

    id: str
    members: tuple[Member, ...]
    asked: tuple[str, ...] = ()
    word: Word | None = None

    @property
    def leader(self) -> Member | None:
        """Who goes first: the first member that did not come to its end without a change."""
        return next((member for member in self.members if member.state != GONE), None)

    @property
    def last_joined(self) -> datetime | None:
        times = [datetime.fromisoformat(member.at) for member in self.members]
        return max(times) if len(times) > 1 else None

    def count(self, state: str) -> int:
        return sum(member.state == state for member in self.members)

    def holds(self, case_id: str) -> bool:
        """Whether the case is led by another: a member, and in the plan where one was asked about."""
        alone = len([member for member in self.members if member.state != GONE]) < 2
        return not alone and case_id in (self.asked or [member.case for member in self.members])


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a member may go on now: `go`, `waits` for a case's proof, `follows` its first step, or `failed` where too many before
    it were not healed."""

    says: str
    case: str = ""


GO = Turn("go")


class Fleets:
    """Every fleet of the store."""

    def __init__(self, rows: Rows, slots: Slots) -> None:
        self._rows, self._slots = rows, slots

    async def join(self, shared: str, member: Member, now: datetime) -> str:
        """The id of the fleet that is open for the shared thing, with this member in it; joining twice changes nothing."""
        fleet = await self._open(shared, now)
        value = {
            "machine": member.machine,
            "at": member.at,
            "touches": [list(t) for t in member.touches],
            "state": WAITS,
        }
        with suppress(Exists):
            await self._rows.insert(TABLE, fleet, f"member|{member.case}", value)
        return fleet

    async def _open(self, shared: str, now: datetime) -> str:
        key = hashlib.sha256(shared.casefold().encode()).hexdigest()[:32]
        made = hashlib.sha256(f"{key} {now.isoformat()}".encode()).hexdigest()[:32]
        value = {"id": made, "opened": now.isoformat()}
        while True:
            row = await self._rows.get(TABLE, key, "open")
            if row is not None and await self._takes_more(row.value, now):
                return str(row.value["id"])
            try:
                await (self._rows.replace(TABLE, row, value) if row else self._rows.insert(TABLE, key, "open", value))
            except (Conflict, Exists):
                continue
            return made

    async def _takes_more(self, head: dict[str, Any], now: datetime) -> bool:
        """The plan of all is fixed once it was asked about; who comes later asks with those who come with it."""
        fleet = await self.get(str(head["id"]))
        young = now - datetime.fromisoformat(head["opened"]) <= WINDOW
        return young and not fleet.asked and fleet.count(GOOD) + fleet.count(BAD) == 0 and len(fleet.members) < MEMBERS

    async def get(self, fleet_id: str) -> Fleet:
        """The fleet; one that is not there has no members."""
        rows = {row.key: row.value for row in await self._rows.scan(TABLE, fleet_id, limit=ALL)}
        members = [
            Member(key.partition("|")[2], v["machine"], v["at"], tuple(tuple(t) for t in v["touches"]), v["state"])
            for key, v in rows.items()
            if key.startswith("member|")
        ]
        word = Word(**rows["word"]) if "word" in rows else None
        ordered = tuple(sorted(members, key=lambda one: (one.at, one.case)))
        return Fleet(fleet_id, ordered, tuple(rows.get("asked", {}).get("cases", ())), word)

    async def ask(self, fleet: Fleet) -> Fleet:
        """The members as they are now are those of the plan that is asked about; asked once, they stay so."""
        cases = [member.case for member in fleet.members if member.state != GONE]
        with suppress(Exists):
            await self._rows.insert(TABLE, fleet.id, "asked", {"cases": cases})
        return await self.get(fleet.id)

    async def say(self, fleet_id: str, word: Word) -> None:
        """A person's answer for all; the first stands."""
        value = {"answer": word.answer, "who": word.who, "at": word.at, "why": word.why, "case": word.case}
        with suppress(Exists):
            await self._rows.insert(TABLE, fleet_id, "word", value)

    async def turn_of(self, fleet: Fleet, case_id: str, most_bad_percent: int) -> Turn:
        """The first machine goes first; then as many at once as were healed before, unless too many were not."""
        leader = fleet.leader
        if not fleet.holds(case_id) or leader is None or leader.case == case_id:
            return GO
        good, bad = fleet.count(GOOD), fleet.count(BAD)
        if bad and 100 * bad > most_bad_percent * (good + bad):
            return Turn("failed", next(member.case for member in fleet.members if member.state == BAD))
        if leader.state == WAITS:
            return Turn("waits", leader.case)
        taken = await self._slots.take(_pool(fleet.id), max(1, good), case_id)
        return GO if taken else Turn("waits", leader.case)

    async def settle(self, fleet_id: str, case_id: str, state: str) -> None:
        """The case is over: `good`, `bad`, or `gone` where it changed nothing; its place in the batch is free."""
        row = await self._rows.get(TABLE, fleet_id, f"member|{case_id}")
        if row is not None and row.value["state"] == WAITS:
            with suppress(Conflict):
                await self._rows.replace(TABLE, row, {**row.value, "state": state})
        await self._slots.free(_pool(fleet_id), case_id)


def _pool(fleet_id: str) -> str:
    return f"fleet {fleet_id}"
