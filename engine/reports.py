"""Outcomes for the table in Log Analytics, which a workbook shows.

A case that is about to close is noted first, and the note goes once its row was sent: each is sent at least once, and
twice only where the app was ended in between. Whoever reads the table takes one row a case.
"""

import logging
from contextlib import suppress
from typing import Any

from engine.case import Case
from engine.cases import Cases
from engine.journal import LOOKS, Journal
from engine.outcomes import seconds_to_diagnosis, seconds_to_proof
from engine.telemetry.events import tell
from gateway.arm import ids
from gateway.outcomes_table import OutcomesTable, Unsent
from gateway.store.rows import Conflict, Exists, Row, Rows, StoreError

TABLE = "unsent"
AT_ONCE = 500
"""Rows sent in one round; a wave of ten thousand is through in two hours."""


class Reports:
    """What is owed to the table; without a table nothing is."""

    def __init__(self, rows: Rows, table: OutcomesTable | None) -> None:
        self._rows, self._table = rows, table

    async def note(self, case: Case) -> None:
        """The case is about to close. A dry run is a rehearsal, and has no outcome."""
        if self._table is not None and not case.told.dry_run:
            with suppress(Exists):
                await self._rows.insert(TABLE, "case", case.id, {"case": case.id})

    async def send(self, cases: Cases) -> int:
        """How many were sent. What is not taken is told of, stays owed, and is no ground for whoever asks to fail."""
        if self._table is None:
            return 0
        try:
            due = [
                one
                for note in await self._rows.scan(TABLE, "case", limit=AT_ONCE)
                for one in await self._due(cases, note)
            ]
            if due:
                await self._table.write([row for _, row in due])
            for note, _ in due:
                await self._forget(note)
        except (Unsent, StoreError) as e:
            tell("outcomes.unsent", logging.WARNING, error=str(e))
            return 0
        return len(due)

    async def close(self) -> None:
        if self._table is not None:
            await self._table.close()

    async def _due(self, cases: Cases, note: Row) -> list[tuple[Row, dict[str, Any]]]:
        """The note with its row; nothing while the case is open: whoever was about to close it was ended before."""
        try:
            got = await cases.get(note.value["case"])
            if got is None:
                await self._forget(note)  # the case is gone, and has no outcome
            elif got[0].closed:
                return [(note, row_of(got[0], await Journal(self._rows, got[0].id).changes()))]
        except (KeyError, TypeError, ValueError) as e:  # a case of another version: it must not hold up the others
            tell("outcomes.unsent", logging.WARNING, case=note.key, error=f"{type(e).__name__}: {e}")
        return []

    async def _forget(self, note: Row) -> None:
        with suppress(Conflict):  # another host was quicker
            await self._rows.delete(TABLE, note)


def row_of(case: Case, changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The case's row, with the columns that infra/app/outcomes.bicep declares."""
    told = case.told
    touched = [one for one in changes if one["kind"] not in LOOKS and one["result"]["state"] != "refused"]
    vault = ids.vault_of(told.item_id) if told.item_id else ""
    return {
        "TimeGenerated": case.closed,
        "CaseId": case.id,
        "Item": told.item_id or told.machine_id,
        "Machine": case.machine,
        "Vault": ids.name(vault) if vault else "",
        "Subscription": ids.subscription(told.item_id or told.machine_id),
        "Code": case.code,
        "Cause": case.cause,
        "Outcome": case.ending["outcome"],
        "Fixes": list(dict.fromkeys(one["fix"] for one in touched if one.get("fix"))),
        "SecondsToDiagnosis": seconds_to_diagnosis(case),
        "SecondsToProof": seconds_to_proof(case),
        "Changes": len(touched),
        "Trigger": told.trigger,
        "Recurs": f"{case.recurs_about}T00:00:00Z" if case.recurs_about[:1].isdigit() else None,
    }
