"""What is counted as an incident, and its one case from the first finder to its end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.case import Case
from engine.cases import Cases
from engine.limits.incidents import INCIDENTS, Brake, Incidents
from engine.reports import Reports, row_of
from gateway.outcomes_table import OutcomesTable
from gateway.store.rows import StoreUnavailable
from gateway.store.sqlite_rows import SqliteRows
from tests.engine.metering import measured

NOW = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REGION, CODE = "westeurope", "BackUpOperationFailed"
TWENTY = Brake(20, 10, None)


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[SqliteRows]:
    opened = SqliteRows(str(tmp_path / "store.db"))
    yield opened
    await opened.close()


@pytest.fixture
def incidents(rows: SqliteRows) -> Incidents:
    return Incidents(rows, Cases(rows), Reports(rows, None))


async def fail(incidents: Incidents, count: int, at: datetime = NOW, region: str = REGION, code: str = CODE) -> None:
    for number in range(count):
        await incidents.saw(region, code, f"item {number}", at)


async def listed(rows: SqliteRows, now: datetime = NOW) -> list[Case]:
    return [case for case in await Cases(rows).newest(now) if case.kind == "incident"]


@pytest.mark.parametrize(
    ("items", "percent", "in_region", "most"),
    [
        (20, 10, 1000, 20),  # the count is reached first
        (20, 10, 150, 15),  # the share is reached first
        (20, 10, 50, 10),  # a few items are no incident, however small the region
        (20, 10, 0, 10),
        (500, 10, None, 500),  # nobody knows how many there are: the count alone
        (10000, 100, 300, 300),
    ],
)
def test_an_incident_is_more_than_the_count_or_more_than_the_share_of_the_region(
    items: int, percent: float, in_region: int | None, most: int
) -> None:
    assert Brake(items, percent, in_region).most == most


async def test_as_many_as_allowed_are_no_incident_and_one_more_is(incidents: Incidents) -> None:
    await fail(incidents, 20)
    assert await incidents.on(REGION, CODE, TWENTY, NOW) == ""
    await fail(incidents, 21, NOW + MINUTE)
    assert await incidents.on(REGION, CODE, TWENTY, NOW + MINUTE)


async def test_only_what_failed_alike_in_the_region_within_the_hour_counts(incidents: Incidents) -> None:
    await fail(incidents, 15)
    await fail(incidents, 30, region="northeurope")
    await fail(incidents, 30, code="ExtensionOperationFailed")
    await incidents.saw("WestEurope", CODE.upper(), "item 15", NOW)
    assert await incidents.count(REGION, CODE, NOW + HOUR) == 16
    assert await incidents.count(REGION, CODE, NOW + HOUR + MINUTE) == 0


async def test_an_item_that_is_told_of_again_and_again_counts_once(incidents: Incidents) -> None:
    for minute in range(30):
        await incidents.saw(REGION, CODE, "item", NOW + minute * MINUTE)
    assert await incidents.count(REGION, CODE, NOW + 30 * MINUTE) == 1


async def test_one_case_opens_however_many_find_out_at_once_and_on_however_many_hosts(
    incidents: Incidents, rows: SqliteRows, tmp_path: Path
) -> None:
    other = SqliteRows(str(tmp_path / "store.db"))
    both = [incidents, Incidents(other, Cases(other), Reports(other, None))]
    await fail(incidents, 40)
    asked = (both[n % 2].on(REGION, CODE, TWENTY, NOW + timedelta(seconds=n)) for n in range(40))
    assert len(set(await asyncio.gather(*asked))) == 1
    assert len(await listed(rows)) == 1
    await other.close()


async def test_the_case_of_an_incident_is_written_by_the_reaper_where_its_finder_was_ended_before(
    incidents: Incidents, rows: SqliteRows
) -> None:
    class Ended(Cases):
        async def add(self, case: Case) -> None:
            raise StoreUnavailable("the host was ended")

    await fail(incidents, 40)
    with pytest.raises(StoreUnavailable):
        await Incidents(rows, Ended(rows), Reports(rows, None)).on(REGION, CODE, TWENTY, NOW)
    assert await listed(rows) == []
    await incidents.look(NOW + MINUTE)
    assert [case.id for case in await listed(rows)] == [await incidents.on(REGION, CODE, TWENTY, NOW + 2 * MINUTE)]


async def test_the_case_counts_the_wave_while_it_grows_and_says_at_its_end_what_it_was(
    incidents: Incidents, rows: SqliteRows
) -> None:
    await fail(incidents, 25)
    await incidents.on(REGION, CODE, TWENTY, NOW)
    await fail(incidents, 60, NOW + 20 * MINUTE)
    await incidents.look(NOW + 30 * MINUTE)
    (case,) = await listed(rows)
    assert (case.closed, case.joined_count) == ("", 60)
    await incidents.look(NOW + 2 * HOUR)
    (case,) = await listed(rows)
    assert (case.outcome, case.phase, case.closed) == ("incident over", "close", (NOW + 2 * HOUR).isoformat())
    assert "60 items in westeurope" in case.ending["summary"]
    assert await rows.scan(INCIDENTS) == []


async def test_an_incident_that_is_over_is_told_and_owed_to_the_table_of_outcomes(
    rows: SqliteRows, caplog: pytest.LogCaptureFixture
) -> None:
    counted = measured("azure_backup_runbooks.cases").get(("unknown", "incident over"), 0)
    incidents = Incidents(rows, Cases(rows), Reports(rows, OutcomesTable("http://127.0.0.1:9", "dcr", "Custom")))
    await fail(incidents, 25)
    on = await incidents.on(REGION, CODE, TWENTY, NOW)
    await incidents.look(NOW + 30 * MINUTE)
    assert await rows.scan("unsent") == []
    await incidents.look(NOW + 2 * HOUR)
    assert [row.key for row in await rows.scan("unsent")] == [on]
    (case,) = await listed(rows)
    told = [(record.event, record.case) for record in caplog.records if record.case == on]  # type: ignore[attr-defined]
    assert told == [("incident.open", on), ("case.closed", on)]
    assert measured("azure_backup_runbooks.cases")["unknown", "incident over"] == counted + 1
    row = row_of(case, [])
    assert (row["Outcome"], row["Trigger"], row["Item"], row["SecondsToProof"]) == (
        "incident over",
        "incident",
        "",
        None,
    )


async def test_a_wave_after_one_that_is_over_is_an_incident_of_its_own(incidents: Incidents, rows: SqliteRows) -> None:
    await fail(incidents, 25)
    first = await incidents.on(REGION, CODE, TWENTY, NOW)
    await incidents.look(NOW + 2 * HOUR)
    await fail(incidents, 25, NOW + 3 * HOUR)
    second = await incidents.on(REGION, CODE, TWENTY, NOW + 3 * HOUR)
    assert first != second and {case.id for case in await listed(rows)} == {first, second}


async def test_a_closed_incident_never_stands_for_the_next_wave(incidents: Incidents, rows: SqliteRows) -> None:
    """Its row outlived it: whoever closed the case was ended before the row went."""
    await fail(incidents, 25)
    first = await incidents.on(REGION, CODE, TWENTY, NOW)
    (row,) = await rows.scan(INCIDENTS)
    await incidents.look(NOW + 2 * HOUR)
    await rows.insert(INCIDENTS, row.partition, row.key, row.value)
    await fail(incidents, 25, NOW + 3 * HOUR)
    await incidents.look(NOW + 3 * HOUR)
    second = await incidents.on(REGION, CODE, TWENTY, NOW + 3 * HOUR)
    assert second != first and [c.closed for c in await listed(rows) if c.id == second] == [""]
