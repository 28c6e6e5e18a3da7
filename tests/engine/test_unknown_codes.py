"""The codes that the catalog does not know are counted from the cases that met them: once a case, and never for a dry run."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case, Failure
from engine.catalog import CATALOG
from engine.diagnose import Diagnosis
from engine.unknown_codes import READ, UNKNOWN_CODES, note_unknown, unknown_codes
from gateway.arm.model import Job, JobError
from gateway.store.sqlite_rows import SqliteRows
from tests.engine.driver import Driver, driving
from tests.remediations.made import ITEM_ID, NOW

COMPUTE = "UserErrorCrpReportedUserError"
BROKER = "UserErrorQuiesceBrokerUnreachable"


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[SqliteRows]:
    opened = SqliteRows(str(tmp_path / "store.db"))
    yield opened
    await opened.close()


def case_of(number: int, opened: datetime = NOW, *, dry_run: bool = False) -> Case:
    return Case.open(Failure(ITEM_ID, NOW.isoformat(), "alert", job=f"job {number}", dry_run=dry_run), opened)


def found(code: str, message: str = "It failed.", *, dynamic: str = "", advice: tuple[str, ...] = ()) -> Diagnosis:
    job = Job("", "j", "Backup", "Failed", NOW, NOW, "", "", (JobError(code, None, message, advice),), {}, dynamic)
    return Diagnosis(code, "unknown", (), job, CATALOG.find(code))


async def met(rows: SqliteRows, number: int, diagnosis: Diagnosis, at: datetime = NOW) -> None:
    await note_unknown(rows, case_of(number, at), diagnosis, at)


def world(code: str, **failure: Any) -> dict[str, Any]:
    machine = {"name": "web-01", "failure": {"code": code, **failure}, "always_fails": code}
    return {"name": "odd", "title": "for a test", "machine": [machine]}


async def listed(driver: Driver) -> list[dict[str, Any]]:
    return list((await unknown_codes(driver.engine.rows))["codes"])


async def test_a_code_without_a_runbook_is_listed_with_the_services_own_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("unknown_code", tmp_path, monkeypatch) as driver:
        await driver.announce()
        (case,) = await driver.run()
        (one,) = await listed(driver)
        assert (one["code"], one["cases"], one["case"], one["item"]) == (BROKER, 1, case.id, case.told.item_id)
        assert one["message"].startswith("The quiesce broker of the virtual machine could not be reached")
        assert one["recommendations"] == ["Make sure that the quiesce broker service is running and retry the backup."]
        assert one["first_seen"] == one["last_seen"] == case.opened


async def test_a_code_with_a_runbook_is_not_listed_though_no_cause_is_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("agent_dead", tmp_path, monkeypatch) as driver:
        await driver.announce()
        await driver.run()
        assert await listed(driver) == []


async def test_a_dry_run_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("unknown_code", tmp_path, monkeypatch) as driver:
        await driver.announce(dry_run=True)
        await driver.run()
        assert await listed(driver) == []


async def test_a_reason_of_computes_that_leads_nowhere_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "Backup failed. Error: DiskEncryptionSetOffline: the set cannot be reached."
    async with driving(world(COMPUTE, text=words), tmp_path, monkeypatch) as driver:
        await driver.announce()
        await driver.run()
        (one,) = await listed(driver)
        assert (one["code"], one["message"]) == (COMPUTE, words)


async def test_a_reason_of_computes_that_leads_to_a_runbook_is_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("crp_inner", tmp_path, monkeypatch) as driver:
        await driver.announce()
        await driver.run()
        assert await listed(driver) == []


async def test_the_dynamic_message_is_the_example_where_there_is_one(rows: SqliteRows) -> None:
    await met(rows, 1, found(COMPUTE, "For details, see Job Error Message Details.", dynamic="Error: SetOffline."))
    (one,) = (await unknown_codes(rows))["codes"]
    assert one["message"] == "Error: SetOffline."


async def test_a_case_counts_once_however_often_it_is_diagnosed(rows: SqliteRows) -> None:
    case = case_of(1)
    for minutes in (0, 5, 60):
        await note_unknown(rows, case, found("UserErrorNew"), NOW + timedelta(minutes=minutes))
    (one,) = (await unknown_codes(rows))["codes"]
    assert (one["cases"], one["first_seen"], one["last_seen"]) == (1, NOW.isoformat(), NOW.isoformat())


async def test_codes_are_summed_whatever_their_spelling_and_the_newest_come_first(rows: SqliteRows) -> None:
    later, latest = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    await met(rows, 1, found("UserErrorNew", "first"))
    await met(rows, 2, found("UserErrorOther"), later)
    await met(rows, 3, found("USERERRORNEW", "the newest", advice=("Retry.",)), latest)
    said = await unknown_codes(rows)
    assert [(one["code"], one["cases"]) for one in said["codes"]] == [("USERERRORNEW", 2), ("UserErrorOther", 1)]
    first = said["codes"][0]
    assert (first["message"], first["recommendations"]) == ("the newest", ["Retry."])
    assert (first["first_seen"], first["last_seen"]) == (NOW.isoformat(), latest.isoformat())
    assert said["cut"] is False


async def test_only_the_newest_are_read_and_it_is_said_that_there_are_older_ones(rows: SqliteRows) -> None:
    await met(rows, 0, found("UserErrorOld"))
    for number in range(1, READ + 1):
        if number == READ:
            assert (await unknown_codes(rows))["cut"] is False
        await met(rows, number, found("UserErrorNew"), NOW + timedelta(minutes=number))
    said = await unknown_codes(rows)
    assert ([(one["code"], one["cases"]) for one in said["codes"]], said["cut"]) == ([("UserErrorNew", READ)], True)


async def test_an_endless_code_and_endless_words_fit_into_a_row(rows: SqliteRows) -> None:
    await met(rows, 1, found("E" * 5_000, "long " * 500_000, advice=("again " * 100_000,) * 50))
    (row,) = await rows.scan(UNKNOWN_CODES)
    assert len(row.value["code"]) == 200 and len(str(row.value)) < 20_000
