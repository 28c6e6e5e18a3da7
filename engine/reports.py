"""Outcomes for the table in Log Analytics, which a workbook shows.

A case that is about to close is noted first, and the note goes once its row was sent: each is sent at least once, and
twice only where the app was ended in between. Whoever reads the table takes one row a case.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from engine.case import Case
from engine.cases import Cases
from engine.journal import LOOKS, Journal
from engine.outcomes import seconds_to_diagnosis, seconds_to_proof
from engine.telemetry.events import tell
from gateway.arm import ids
from gateway.outcomes_table import OutcomesTable, Unsent
from gateway.store.rows import Conflict, Exists, Row, Rows

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

    async def send(self, cases: Cases, now: datetime) -> int:
        """How many were sent. What is not taken is told of, and tried again in the next round."""
        if self._table is None:
            return 0
        due = [(note, row) for note in await self._owed() if (row := await self._row_of(cases, note)) is not None]
        if not due:
            return 0
        try:
            await self._table.write([row for _, row in due])
        except Unsent as e:
            tell("outcomes.unsent", logging.WARNING, error=str(e))
            return 0
        for note, _ in due:
            with suppress(Conflict):  # another host sent it too
                await self._rows.delete(TABLE, note)
        return len(due)

    async def close(self) -> None:
        if self._table is not None:
            await self._table.close()

    async def _owed(self) -> Sequence[Row]:
        return await self._rows.scan(TABLE, "case", limit=AT_ONCE)

    async def _row_of(self, cases: Cases, note: Row) -> dict[str, Any] | None:
        """None while the case is open: whoever was about to close it was ended before."""
        got = await cases.get(note.value["case"])
        if got is None:
            await self._rows.delete(TABLE, note)  # it is gone, and has no outcome
        if got is None or not got[0].closed:
            return None
        return row_of(got[0], await Journal(self._rows, got[0].id).changes())


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
