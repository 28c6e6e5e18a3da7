"""When many items of a region fail alike within the hour it is no matter of single machines: no changes, one incident case."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.case import INCIDENT_OVER, Case
from engine.cases import Cases
from engine.reports import Reports
from engine.telemetry.events import tell
from engine.telemetry.progress import tell_end
from gateway.arm import ids
from gateway.store.rows import Conflict, Exists, Row, Rows

SEEN, INCIDENTS = "seen", "incidents"
NAMED, ITEMS_KEPT, LONGEST_CODE = 20, 200, 200
ADVICE = (
    "So many at once is seldom the machines' own fault. Look at Azure Service Health for {region} (`az rest --method get --url "
    "'https://management.azure.com/subscriptions/{subscription}/providers/Microsoft.ResourceHealth/events?api-version=2022-10-01'`), "
    "and at what was rolled out at that hour: a policy, a network rule, an agent's build. The engine changes nothing meanwhile; "
    "when the wave is over the cases go on by themselves, within the limits."
)
HOUR = timedelta(hours=1)
FEW = 10
"""So many items or fewer are no incident, whatever share of a small region they are."""
ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Brake:
    """From how many items on it is an incident: `items`, or `percent` of the region's (None: how many is not known)."""

    items: int
    percent: float
    in_region: int | None

    @property
    def most(self) -> int:
        """So many items may fail alike in an hour without being one incident."""
        share = self.items if self.in_region is None else int(self.in_region * self.percent / 100)
        return max(FEW, min(self.items, share))


class Incidents:
    """What failed where, and the incidents that are on."""

    def __init__(self, rows: Rows, cases: Cases, reports: Reports) -> None:
        self._rows, self._cases, self._reports = rows, cases, reports

    async def saw(self, region: str, code: str, item: str, now: datetime) -> None:
        """Remember that an item of the region failed with this code; its first telling within the hour counts."""
        key = f"{now.isoformat()}|{hashlib.sha256(item.casefold().encode()).hexdigest()[:32]}"
        with suppress(Exists):
            await self._rows.insert(SEEN, _partition(region, code), key, {"item": item.casefold()})

    async def count(self, region: str, code: str, now: datetime) -> int:
        """How many items failed alike within the last hour."""
        return len(await self._items(region, code, now))

    async def _items(self, region: str, code: str, now: datetime) -> set[str]:
        rows = await self._rows.scan(SEEN, _partition(region, code), after=(now - HOUR).isoformat(), limit=ALL)
        return {str(row.value["item"]) for row in rows}

    async def on(self, region: str, code: str, brake: Brake, now: datetime) -> str:
        """The case of the incident that is on, "" where there is none; one case opens however many find out at once."""
        failing = await self._items(region, code, now)
        if len(failing) <= brake.most:
            return ""
        case = _incident_case(_id_of(region, code, now), region, code, failing, now)
        value = {"case": case.id, "region": region, "code": code, "most": brake.most}
        try:
            await self._rows.insert(INCIDENTS, "on", _partition(region, code), value)
        except Exists:
            row = await self._rows.get(INCIDENTS, "on", _partition(region, code))
            return str(row.value["case"]) if row else case.id
        await self._open(case)
        return case.id

    async def look(self, now: datetime) -> None:
        """Keep the incident cases current; close those whose wave is over."""
        for row in await self._rows.scan(INCIDENTS, "on", limit=ALL):
            with suppress(Conflict):  # another host is at it
                await self._look_at(row, now)

    async def _look_at(self, row: Row, now: datetime) -> None:
        value, got = row.value, await self._cases.get(row.value["case"])
        failing = await self._items(value["region"], value["code"], now)
        if got is None:  # whoever found it was ended before the case was written
            await self._open(_incident_case(value["case"], value["region"], value["code"], failing, now))
            return
        if got[0].closed:  # whoever closed it was ended before the row went; a new wave is a new case
            await self._rows.delete(INCIDENTS, row)
            return
        over = len(failing) <= value["most"]
        if over:
            await self._reports.note(got[0])
        case = _told(got[0], failing, over, now)
        await self._cases.save(case, got[1])
        if over:
            tell_end(case)
            await self._rows.delete(INCIDENTS, row)

    async def _open(self, case: Case) -> None:
        await self._cases.add(case)
        tell("incident.open", case=case.id, region=case.region, code=case.code, items=case.joined_count)


def _partition(region: str, code: str) -> str:
    return f"{region.casefold()}|{code.casefold()[:LONGEST_CODE]}"


def _id_of(region: str, code: str, now: datetime) -> str:
    return hashlib.sha256(f"incident|{_partition(region, code)}|{now.isoformat()}".encode()).hexdigest()[:32]


def _incident_case(case_id: str, region: str, code: str, failing: set[str], now: datetime) -> Case:
    failure: dict[str, Any] = {"item_id": "", "fired_at": now.isoformat(), "trigger": "incident", "code": code}
    case = Case(case_id, failure, now.isoformat(), "incident", code, region, kind="incident", region=region)
    case.joined_count = len(failing)
    subscription = next((ids.subscription(item) for item in sorted(failing)), "<subscription>")
    case.diagnosis = {"advice": ADVICE.format(region=region, subscription=subscription), "items": sorted(failing)}
    said = f"{len(failing)} items in {region} failed with {code or 'no code'} within the hour: no changes"
    case.note(now, "incident", f"{said}. {_named(case)}")
    return case


def _named(case: Case) -> str:
    """The machines, the first of them by name; an item's id ends with its machine's."""
    names = [item.rpartition(";")[2] for item in case.diagnosis["items"]]
    return f"Machines: {', '.join(names[:NAMED])}{f' and {len(names) - NAMED} more' if len(names) > NAMED else ''}"


def _told(case: Case, failing: set[str], over: bool, now: datetime) -> Case:
    items = sorted({*case.diagnosis.get("items", ()), *failing})
    case.diagnosis["items"], case.joined_count = items[:ITEMS_KEPT], max(case.joined_count, len(items))
    if over and not case.closed:
        text = (
            f"{case.joined_count} items in {case.region} failed with {case.code or 'no code'} within an hour. Nothing was "
            f"changed meanwhile; their cases go on one by one, within the limits. {_named(case)}"
        )
        case.ending = {"outcome": INCIDENT_OVER, "reason": text, "instructions": "", "summary": f"{text}."}
        case.outcome, case.closed, case.phase = INCIDENT_OVER, now.isoformat(), "close"
        case.note(now, "ending", f"{INCIDENT_OVER}: {len(failing)} in the last hour")
    return case
