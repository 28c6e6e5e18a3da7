"""Our record of changes: an intent before each write to Azure, a result after it. Rows are added, never changed."""

import hashlib
import logging
from contextlib import suppress
from datetime import datetime
from typing import Any

from engine.telemetry import metrics
from engine.telemetry.events import tell
from gateway.arm import ids
from gateway.arm.errors import Unavailable
from gateway.store.rows import Exists, Rows
from remediations.contract import Attempt

TABLE = "journal"
LOOKS = ("alert.close", "guest.probe", "guest.clean_up")
"""Kinds of writes that change nothing about the machine or its backups."""
STATES = ("done", "refused", "unknown")
TRIES_AN_INSTANT = 50


class Journal:
    """The journal of one case."""

    def __init__(self, rows: Rows, case_id: str) -> None:
        self._rows = rows
        self._case = case_id

    async def intend(self, kind: str, target: str, now: datetime, before: dict[str, Any], fix: str = "") -> str:
        """Record that a write is about to be made; the key under which its result is recorded.

        Raises Unavailable where another copy of this turn has begun the same write and not ended it.
        """
        value = {"kind": kind, "target": target, "at": now.isoformat(), "before": before, "fix": fix}
        for number in range(TRIES_AN_INSTANT):
            key = f"{now.isoformat()}|{kind}|{_short(target)}{f'|{number}' if number else ''}"
            with suppress(Exists):
                await self._rows.insert(TABLE, self._case, f"{key}|intent", value)
                tell("change.begun", logging.INFO, case=self._case, kind=kind, target=target, fix=fix)
                return key
            if not await self._ended(key):
                break
        raise Unavailable(f"{kind} was begun at this instant by another copy of this turn: looking first")

    async def _ended(self, key: str) -> bool:
        return any([await self._rows.get(TABLE, self._case, f"{key}|result|{state}") for state in STATES])

    async def result(self, key: str, state: str, now: datetime, **more: str) -> None:
        """Record how the write ended: `done`, `refused`, or `unknown` where its answer was lost."""
        value = {"state": state, "at": now.isoformat(), **more}
        with suppress(Exists):
            await self._rows.insert(TABLE, self._case, f"{key}|result|{state}", value)
            kind = key.split("|")[1]
            metrics.CHANGES.add(1, {"kind": kind, "state": state})
            tell("change.ended", logging.INFO, case=self._case, kind=kind, state=state, **more)

    async def changes(self) -> list[dict[str, Any]]:
        """Every write of the case, oldest first: what, when, how it ended, Azure's correlation id."""
        rows = await self._rows.scan(TABLE, self._case, limit=5000)
        # reversed: of two results of one intent `done` stands, the first by name
        results = {r.key.rpartition("|result|")[0]: r.value for r in reversed(rows) if "|result|" in r.key}
        intents = [(r.key.removesuffix("|intent"), r.value) for r in rows if r.key.endswith("|intent")]
        return [{**intent, "result": results.get(key, {"state": "unknown"})} for key, intent in intents]

    async def attempt(self, kind: str, target: str) -> Attempt | None:
        """The newest write of the kind on the target that was not refused."""
        for change in reversed(await self.changes()):
            alike = change["kind"] == kind and ids.same(change["target"], target)
            if alike and change["result"]["state"] != "refused":
                return Attempt(datetime.fromisoformat(change["at"]), change["result"].get("operation", ""))
        return None

    async def last_change(self) -> datetime | None:
        """When the newest write was begun that was not refused and changed something."""
        for change in reversed(await self.changes()):
            if change["result"]["state"] != "refused" and change["kind"] not in LOOKS:
                return datetime.fromisoformat(change["at"])
        return None


def _short(target: str) -> str:
    return hashlib.sha256(ids.key(target).encode()).hexdigest()[:12]
