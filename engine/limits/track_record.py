"""What came of earlier cases, as far as it decides about the next: attempts on an item, how a fix fares, approvals, canaries.

Rows are added once under the case's id, so that a repeated turn adds nothing.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from engine.policy import Limits
from gateway.arm import ids
from gateway.store.rows import Conflict, Exists, Row, Rows

ATTEMPTS, RESULTS, APPROVED, CANARIES = "attempts", "results", "approved", "canaries"
CANARY_GOOD_FOR = timedelta(days=7)
"""How long a proven canary speaks for the other machines of its vault."""
ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Breaker:
    """A fix that failed so often in a row in a vault that a person is asked; `since`: its first failure of these, ISO 8601 UTC."""

    fix: str
    vault: str
    failures: int
    since: str


class TrackRecord:
    """The record over all cases of the store."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def begin_attempt(self, item_key: str, case_id: str, now: datetime) -> None:
        """A case is about to make its first change on the item."""
        await self._add(ATTEMPTS, item_key, case_id, {"at": now.isoformat()})

    async def end_attempt(self, item_key: str, case_id: str, now: datetime) -> None:
        """The case is over: from now on the item rests. Nothing where the case changed nothing."""
        row = await self._rows.get(ATTEMPTS, item_key, case_id)
        if row is not None and "ended" not in row.value:
            await self._replace(ATTEMPTS, row, {**row.value, "ended": now.isoformat()})

    async def attempts(self, item_key: str, case_id: str, since: datetime) -> list[datetime]:
        """When other cases that changed the item were over, or began to where no end is known; since then, oldest first."""
        rows = await self._rows.scan(ATTEMPTS, item_key, limit=ALL)
        others = (row.value for row in rows if row.key != case_id)
        return [at for at in sorted(datetime.fromisoformat(v.get("ended") or v["at"]) for v in others) if at >= since]

    async def add_result(self, fix: str, vault_id: str, case_id: str, good: bool, now: datetime, who: str = "") -> None:
        """How a case ended in which the fix changed something; `who` where a person closed the breaker."""
        value = {"good": good, "at": now.isoformat(), "who": who}
        await self._add(RESULTS, f"{fix}|{ids.key(vault_id)}", f"{now.isoformat()}|{case_id}", value)

    async def failures_in_a_row(self, fix: str, vault_id: str, since: datetime) -> int:
        """How many of the fix's newest results in this vault were bad, back to the last good one."""
        rows = await self._rows.scan(RESULTS, f"{fix}|{ids.key(vault_id)}", after=since.isoformat(), limit=ALL)
        return len(_failed_last(rows))

    async def open_breakers(self, limits: Limits, now: datetime) -> list[Breaker]:
        """Every fix that is not tried again in a vault without asking; the vault's id as it is compared, in lower case."""
        since = now - timedelta(hours=limits.breaker_hours)
        rows = await self._rows.scan(RESULTS, after=since.isoformat(), limit=ALL)
        found = []
        for partition, of in groupby(rows, key=lambda row: row.partition):
            failed, (fix, _, vault) = _failed_last(list(of)), partition.partition("|")
            if len(failed) >= limits.breaker_failures:
                found.append(Breaker(fix, vault, len(failed), min(failed.values())))
        return found

    async def add_approval(self, fix: str, rule: str, case_id: str, now: datetime) -> None:
        """A person approved a plan with this fix under this rule as it stood."""
        await self._add(APPROVED, f"{fix}|{rule}", case_id, {"at": now.isoformat()})

    async def approvals(self, fix: str, rule: str) -> int:
        return len(await self._rows.scan(APPROVED, f"{fix}|{rule}", limit=ALL))

    async def canary(self, fix: str, vault_id: str, case_id: str, now: datetime) -> tuple[str, str]:
        """("mine" | "waits" | "proven" | "failed", the canary's case): the first case that asks becomes the canary."""
        value = {"case": case_id, "state": "trying", "at": now.isoformat()}
        key = ids.key(vault_id)
        with suppress(Exists):
            await self._rows.insert(CANARIES, fix, key, value)
            return "mine", case_id
        row = await self._rows.get(CANARIES, fix, key)
        if row is None:
            return "waits", ""
        if row.value["case"] == case_id and row.value["state"] == "trying":
            return "mine", case_id
        old = now - datetime.fromisoformat(row.value["at"]) > CANARY_GOOD_FOR
        if row.value["state"] != "trying" and old:
            return ("mine", case_id) if await self._replace(CANARIES, row, value) else ("waits", "")
        return ("waits" if row.value["state"] == "trying" else row.value["state"]), row.value["case"]

    async def ahead(self, fix: str, vault_id: str, case_id: str) -> str:
        """The case that goes first and is still at work, "" where that is this case, or none."""
        row = await self._rows.get(CANARIES, fix, ids.key(vault_id))
        waits = row is not None and row.value["state"] == "trying" and row.value["case"] != case_id
        return str(row.value["case"]) if row is not None and waits else ""

    async def settle_canary(self, fix: str, vault_id: str, case_id: str, state: str, now: datetime) -> None:
        """A case is over: the canary's own says `proven`, `failed`, or `gone` where it came to no change and the next one tries.

        A failed canary is outdone by any case that people let go on and that was healed.
        """
        row = await self._rows.get(CANARIES, fix, ids.key(vault_id))
        if row is None:
            return
        mine = row.value["case"] == case_id and row.value["state"] == "trying"
        if not mine and (row.value["state"], state) != ("failed", "proven"):
            return
        if state == "gone":
            with suppress(Conflict):
                await self._rows.delete(CANARIES, row)
            return
        await self._replace(CANARIES, row, {"case": case_id, "state": state, "at": now.isoformat()})

    async def _add(self, table: str, partition: str, key: str, value: dict[str, Any]) -> None:
        with suppress(Exists):
            await self._rows.insert(table, partition, key, value)

    async def _replace(self, table: str, row: Row, value: dict[str, Any]) -> bool:
        try:
            await self._rows.replace(table, row, value)
        except Conflict:
            return False
        return True


def _failed_last(rows: list[Row]) -> dict[str, str]:
    """The cases of the newest bad results, back to the last good one, and when each ended."""
    failed: dict[str, str] = {}
    for row in reversed(rows):
        if row.value["good"]:
            break
        failed[row.key.partition("|")[2]] = row.value["at"]  # a case whose last turn was repeated is still one failure
    return failed
