"""What people decided about a plan: one row for each plan that was asked about, written once, never changed."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from engine.case import Case
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


class Decisions:
    """The answers of all cases."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

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
