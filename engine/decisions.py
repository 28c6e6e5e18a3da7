"""What people decided about a plan: one row for each plan that was asked about, written once, never changed.

Whoever else agrees gets a row beside it, which decides nothing.
"""

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from engine.case import Case
from engine.cases import Cases
from gateway.store.rows import Exists, Rows

TABLE = "decisions"
APPROVE, REJECT = "approve", "reject"
NOBODY = ""
"""Who refuses by silence; no person can bear this name."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer. `hash` is the plan it is about, `change` an optional change number, `at` ISO 8601 UTC."""

    hash: str
    decision: str
    who: str
    why: str
    change: str
    at: str

    @property
    def approved(self) -> bool:
        return self.decision == APPROVE

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer: the case as it is now, the decision that stands; `refused` says why this answer does not hold."""

    case: Case
    stands: Decision | None
    refused: str


def silence(case: Case, now: datetime) -> Decision:
    """What it counts as that nobody answered in time. A row like any answer: one that comes later finds that it stands."""
    why = f"nobody answered by {case.ask['expires'][:16]} UTC, which counts as a refusal"
    return Decision(case.ask["hash"], REJECT, NOBODY, why, "", now.isoformat())


def not_asked(case: Case, plan_hash: str, now: datetime) -> str:
    """Why the case takes no answer about this plan now, "" where it waits for one."""
    if case.phase != "ask":
        return f"the case asks nothing now: {'it is closed' if case.closed else f'its phase is {case.phase}'}"
    if case.ask.get("hash") != plan_hash:
        return "the plan has changed: look at the new one and answer with its hash"
    over = now >= datetime.fromisoformat(case.ask["expires"])
    return f"the question expired at {case.ask['expires'][:16]} UTC, which counts as a refusal" if over else ""


def _unheeded(case: Case, plan_hash: str, now: datetime) -> str:
    """Why what is on record about this plan moves nothing, "" where the case is yet to read it or went by it."""
    of_this_plan = case.ask.get("hash") == plan_hash
    heeded = of_this_plan and (case.phase == "ask" or case.ask.get("answer"))
    return "" if heeded else not_asked(case, plan_hash, now)


def _against(stands: Decision, given: Decision) -> str:
    """Why the answer cannot hold beside the one that stands, "" where it says the same."""
    if stands.who == NOBODY:
        return stands.why
    said = f"{stands.who} decided `{stands.decision}` at {stands.at[:16]} UTC; that stands"
    return said if stands.decision != given.decision else ""


class Decisions:
    """The answers of all cases."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def take(self, cases: Cases, case: Case, given: Decision, now: datetime) -> Answered:
        """Record a person's answer, if the case asks for it; whoever says later what stands already is recorded beside it.

        The case may move on while it is recorded. It is looked at again: no answer is taken that nothing will heed.
        """
        before = await self.of(case.id, given.hash)
        if before is None and (why := not_asked(case, given.hash, now)):
            return Answered(case, None, why)
        stands = before or await self.record(case.id, given)
        got = await cases.get(case.id)
        case = got[0] if got else case
        refused = _against(stands, given) or _unheeded(case, given.hash, now)
        if not refused and stands.who != given.who:
            with suppress(Exists):
                await self._rows.insert(TABLE, case.id, f"{given.hash}|{given.who}", given.to_json())
        return Answered(case, stands, refused)

    async def record(self, case_id: str, decision: Decision) -> Decision:
        """The answer that stands: this one, or the one that was there before it."""
        try:
            await self._rows.insert(TABLE, case_id, decision.hash, decision.to_json())
        except Exists:
            return await self.of(case_id, decision.hash) or decision
        return decision

    async def of(self, case_id: str, plan_hash: str) -> Decision | None:
        row = await self._rows.get(TABLE, case_id, plan_hash)
        return Decision(**row.value) if row else None

    async def all(self, case_id: str) -> list[Decision]:
        """Every answer about the case's plans, oldest first."""
        rows = await self._rows.scan(TABLE, case_id)
        return sorted((Decision(**row.value) for row in rows), key=lambda answer: answer.at)
