"""What people decided about a plan: one row for each plan that was asked about, written once, never changed."""

from dataclasses import asdict, dataclass
from typing import Any

from gateway.store.rows import Exists, Rows

TABLE = "decisions"
APPROVE, REJECT = "approve", "reject"


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
