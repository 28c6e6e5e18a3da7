"""Case rows, the claims that keep one case an item, and the index by day."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.case import Case, Failure
from gateway.arm import ids
from gateway.store.rows import Conflict, Exists, Row, Rows

CASES, CLAIMS, DAYS, JOINED, OUTCOMES, ALERTS = "cases", "claims", "days", "joined", "outcomes", "alerts"
ALL = 1_000_000
"""More rows than a store of ours can hold: one for each item at work, or each case of a day."""
JOINED_KEPT = 50
"""Joined failures that a claim row keeps whole; beyond that they are counted."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The row that makes a case the item's only hand."""

    case_id: str
    failure: dict[str, Any]
    joined: tuple[dict[str, Any], ...]
    joined_count: int
    row: Row


class Cases:
    """The store's view of cases; every method may raise `gateway.store.rows.StoreError`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def get(self, case_id: str) -> tuple[Case, Row] | None:
        row = await self._rows.get(CASES, case_id, "case")
        return (Case.from_json(row.value), row) if row else None

    async def add(self, case: Case) -> None:
        """Insert the case and its place in the index; a case that is there already stays as it is."""
        try:
            await self._rows.insert(CASES, case.id, "case", case.to_json())
        except Exists:
            got = await self.get(case.id)
            case = got[0] if got else case
        with suppress(Exists):
            await self._rows.insert(DAYS, case.opened[:10], f"{case.opened}|{case.id}", {"case": case.id})

    async def save(self, case: Case, row: Row) -> Row:
        """Raises Conflict where another turn has written the case meanwhile."""
        return await self._rows.replace(CASES, row, case.to_json())

    async def newest(self, now: datetime, days: int = 14, limit: int = 200) -> list[Case]:
        """The cases opened in the last `days`, newest first."""
        found: list[Case] = []
        for back in range(days + 1):
            rows = await self._rows.scan(DAYS, (now - timedelta(days=back)).date().isoformat(), limit=ALL)
            for row in reversed(rows):
                if len(found) >= limit:
                    return found
                if got := await self.get(row.value["case"]):
                    found.append(got[0])
        return found

    async def claim(self, failure: Failure) -> bool:
        """Claim the item for the failure's case; False where another case holds it."""
        value = {"case": failure.case_id, "failure": failure.to_json(), "joined": [], "joined_count": 0}
        try:
            await self._rows.insert(CLAIMS, failure.item_key, "claim", value)
            return True
        except Exists:
            held = await self.holder(failure.item_key)
            return held is not None and held.case_id == failure.case_id

    async def holder(self, item_key: str) -> Claim | None:
        row = await self._rows.get(CLAIMS, item_key, "claim")
        if row is None:
            return None
        v = row.value
        return Claim(v["case"], v["failure"], tuple(v["joined"]), v["joined_count"], row)

    async def open_claims(self) -> list[Claim]:
        rows = await self._rows.scan(CLAIMS, limit=ALL)
        return [
            Claim(r.value["case"], r.value["failure"], tuple(r.value["joined"]), r.value["joined_count"], r)
            for r in rows
        ]

    async def join(self, claim: Claim, failure: Failure) -> bool:
        """Append the failure to the holder's claim, once; False where the claim changed or went meanwhile."""
        if any(Failure(**told).case_id == failure.case_id for told in claim.joined):
            return True
        kept = [*claim.joined, failure.to_json()][-JOINED_KEPT:]
        value = {**claim.row.value, "joined": kept, "joined_count": claim.joined_count + 1}
        try:
            await self._rows.replace(CLAIMS, claim.row, value)
        except Conflict:
            return False
        return True

    async def add_alert(self, case_id: str, failure: Failure) -> bool:
        """Remember the alert that told of the failure: it is closed with the case, however many told of one job.

        False where there is none, or where it is known.
        """
        if not failure.alert:
            return False
        value = {"alert": failure.alert, "job": failure.job, "fired_at": failure.fired_at}
        try:
            await self._rows.insert(ALERTS, case_id, ids.key(failure.alert), value)
        except Exists:
            return False
        return True

    async def alerts(self, case_id: str) -> list[dict[str, Any]]:
        """Every alert that told of the case or joined it: `alert`, `job`, `fired_at`."""
        return [row.value for row in await self._rows.scan(ALERTS, case_id, limit=ALL)]

    async def settle(self, failure: Failure, case_id: str) -> None:
        """Remember that the failure joined a case that is closed now, so that its repeats open none."""
        with suppress(Exists):
            await self._rows.insert(JOINED, failure.case_id, "joined", {"case": case_id})

    async def settled_by(self, failure: Failure) -> str:
        """The closed case that the failure had joined, "" where there is none."""
        row = await self._rows.get(JOINED, failure.case_id, "joined")
        return str(row.value["case"]) if row else ""

    async def hand_over(self, claim: Claim, failure: Failure) -> bool:
        """Give the claim as it was read to the failure's own case; False where it changed meanwhile."""
        value = {"case": failure.case_id, "failure": failure.to_json(), "joined": [], "joined_count": 0}
        try:
            await self._rows.replace(CLAIMS, claim.row, value)
        except Conflict:
            return False
        return True

    async def unclaim(self, claim: Claim) -> bool:
        """Delete the claim as it was read; False where a failure joined meanwhile."""
        try:
            await self._rows.delete(CLAIMS, claim.row)
        except Conflict:
            return False
        return True

    async def record(self, now: datetime, kind: str, key: str, value: dict[str, Any]) -> None:
        """Record an outcome that is not a case: what was seen and not acted on. A repeat is recorded once."""
        try:
            await self._rows.insert(
                OUTCOMES, now.date().isoformat(), f"{kind}|{key}", {"at": now.isoformat(), "kind": kind, **value}
            )
        except Exists:
            return

    async def recorded(self, now: datetime, days: int = 14, limit: int = 1000) -> list[dict[str, Any]]:
        """What was recorded in the last `days`, newest first; no older day is read once there are `limit`."""
        found: list[dict[str, Any]] = []
        for back in range(days + 1):
            rows = await self._rows.scan(OUTCOMES, (now - timedelta(days=back)).date().isoformat(), limit=ALL)
            found += sorted((row.value for row in rows), key=lambda one: str(one["at"]), reverse=True)
            if len(found) >= limit:
                break
        return found[:limit]
