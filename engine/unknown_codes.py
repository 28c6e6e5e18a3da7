"""The codes that cases met and the catalog does not know: what is missing there, seen from the failures themselves.

A row a case and code, so that a repeated turn adds nothing; the newest case's row comes first in the table's order.
"""

from contextlib import suppress
from datetime import datetime
from itertools import groupby
from typing import Any

from engine.case import Case
from engine.catalog import CATALOG
from engine.diagnose import Diagnosis
from gateway.store.rows import Exists, Rows

UNKNOWN_CODES = "unknowncodes"
READ = 1000
"""So many rows are read at most, the newest."""
_MET = "met"
_LONGEST_CODE, _LONGEST_TEXT, _MOST_TEXTS = 200, 2000, 5
_LAST_SECOND = 99_999_999_999
"""Of a time that is far away: what is left until then sorts the newest first."""


async def note_unknown(rows: Rows, case: Case, found: Diagnosis, now: datetime) -> None:
    """Remember the code that a case met without a runbook, once a case; a dry run counts for nothing."""
    met = _unknown(found)
    if not met or case.told.dry_run:
        return
    left = _LAST_SECOND - int(datetime.fromisoformat(case.opened).timestamp())
    key = f"{left:011d}|{case.id}|{found.code[:_LONGEST_CODE].casefold()}"
    said = {"code": found.code[:_LONGEST_CODE], "at": now.isoformat(), "case": case.id, "item": case.told.item_id}
    with suppress(Exists):
        await rows.insert(UNKNOWN_CODES, _MET, key, {**said, **met})


def _unknown(found: Diagnosis) -> dict[str, Any]:
    """What the service says of a code that no runbook knows, or of compute's reason that leads to none; {} where one does."""
    runbook = CATALOG.find(found.code) if found.code else None
    errors = found.job.errors if found.job else ()
    if found.code and runbook is None:
        told = "\n".join(e.message for e in errors)
    elif runbook and runbook.inner and found.runbook is runbook and found.job:
        told = found.job.dynamic_message or "\n".join(e.message for e in errors)
    else:
        return {}
    advice = [text[:_LONGEST_TEXT] for e in errors for text in e.recommendations]
    return {"message": told[:_LONGEST_TEXT], "recommendations": advice[:_MOST_TEXTS]}


async def unknown_codes(rows: Rows) -> dict[str, Any]:
    """Each code with how many cases met it, first and last when, and what the service said the last time; newest first.

    The service's words are as it sent them, localized. `cut`: there are older rows that are not counted.
    """
    found = [row.value for row in await rows.scan(UNKNOWN_CODES, _MET, limit=READ + 1)]
    by_code = sorted(found[:READ], key=lambda met: str(met["code"]).casefold())
    codes = [_summed(list(of)) for _, of in groupby(by_code, key=lambda met: str(met["code"]).casefold())]
    return {"codes": sorted(codes, key=lambda one: str(one["last_seen"]), reverse=True), "cut": len(found) > READ}


def _summed(met: list[dict[str, Any]]) -> dict[str, Any]:
    newest = max(met, key=lambda one: str(one["at"]))
    shown = {name: newest[name] for name in ("code", "item", "case", "message", "recommendations")}
    return {**shown, "cases": len(met), "first_seen": min(str(one["at"]) for one in met), "last_seen": newest["at"]}
