"""Outcomes are owed to the table until it took them, whatever ends the app meanwhile."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case, Failure
from engine.cases import Cases
from engine.reports import TABLE, Reports
from gateway.outcomes_table import OutcomesTable, _scope
from gateway.store.opening import open_rows
from tests.engine.driver import driving
from tests.engine.test_incidents import NOW
from tests.telemetry.receiver import Receiver, receiving

STREAM = ("dcr-1", "Custom-BackupRunbooks_CL")
ITEM = (
    "/subscriptions/5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v"
    "/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;a/protectedItems/VM;iaasvmcontainerv2;rg;a"
)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """Its endpoint for tokens is what is needed of it, and its store."""
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        yield driver


async def owed(world: Any) -> list[str]:
    return [row.key for row in await world.engine.rows.scan(TABLE)]


def closed_case(**more: Any) -> Case:
    case = Case.open(Failure(**{"item_id": ITEM, "fired_at": NOW.isoformat(), "trigger": "sweep", **more}), NOW)
    case.end(NOW, "needs a person", "nobody knows")
    case.closed = NOW.isoformat()
    return case


async def test_a_row_is_sent_once_it_is_taken_and_not_again(world: Any, receiver: Receiver) -> None:
    reports, case = Reports(world.engine.rows, OutcomesTable(receiver.url, *STREAM)), closed_case()
    await reports.note(case)
    await world.engine.cases.add(case)
    receiver.got.refuse_rows = 1
    assert await reports.send(world.engine.cases) == 0 and await owed(world) == [case.id]
    assert await reports.send(world.engine.cases) == 1 and await owed(world) == []
    assert await reports.send(world.engine.cases) == 0
    [(_, row)] = receiver.got.rows
    assert (row["Cause"], row["SecondsToDiagnosis"], row["SecondsToProof"], row["Fixes"]) == ("", None, None, [])
    await reports.close()


async def test_a_case_that_did_not_come_to_close_is_owed_until_it_does(world: Any, receiver: Receiver) -> None:
    reports, case = Reports(world.engine.rows, OutcomesTable(receiver.url, *STREAM)), closed_case()
    case.closed = ""
    await reports.note(case)
    await world.engine.cases.add(case)
    assert await reports.send(world.engine.cases) == 0 and await owed(world) == [case.id]
    assert receiver.got.rows == []


async def test_a_case_that_cannot_be_read_holds_up_no_other(
    world: Any, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    reports, good, bad = (
        Reports(world.engine.rows, OutcomesTable(receiver.url, *STREAM)),
        closed_case(),
        closed_case(job="j"),
    )
    bad.failure["of another version"] = 1
    for case in (good, bad):
        await world.engine.rows.insert(TABLE, "case", case.id, {"case": case.id})
        await world.engine.cases.add(case)
    assert await reports.send(world.engine.cases) == 1
    assert await owed(world) == [bad.id] and [row["CaseId"] for _, row in receiver.got.rows] == [good.id]
    told: Any = caplog.records[-1]
    assert (told.event, told.case) == ("outcomes.unsent", bad.id)


async def test_a_note_of_a_case_that_is_gone_is_thrown_away(world: Any, receiver: Receiver) -> None:
    reports = Reports(world.engine.rows, OutcomesTable(receiver.url, *STREAM))
    await reports.note(closed_case())
    assert await reports.send(world.engine.cases) == 0 and await owed(world) == []


async def test_a_table_out_of_reach_is_told_of_and_nothing_is_lost(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    reports, case = Reports(world.engine.rows, OutcomesTable("http://127.0.0.1:9", *STREAM)), closed_case()
    await reports.note(case)
    await world.engine.cases.add(case)
    assert await reports.send(world.engine.cases) == 0 and await owed(world) == [case.id]
    assert [getattr(record, "event", "") for record in caplog.records][-1] == "outcomes.unsent"
    await reports.close()


async def test_without_a_table_and_of_a_dry_run_nothing_is_owed(world: Any, receiver: Receiver) -> None:
    await Reports(world.engine.rows, None).note(closed_case())
    await Reports(world.engine.rows, OutcomesTable(receiver.url, *STREAM)).note(closed_case(dry_run=True))
    assert await owed(world) == []


async def test_every_case_that_closes_is_owed(world: Any, receiver: Receiver, tmp_path: Path) -> None:
    await world.announce()
    [case] = await world.run()
    assert case.closed and await owed(world) == []  # it has no table
    rows = open_rows(f"sqlite://{tmp_path}/store.db")
    await Reports(rows, OutcomesTable(receiver.url, *STREAM)).note(case)
    assert await Reports(rows, OutcomesTable(receiver.url, *STREAM)).send(Cases(rows)) == 1
    [(_, row)] = receiver.got.rows
    assert (row["Changes"], row["Vault"], row["Recurs"][:2]) == (3, "rsv-prod-01", "20")
    await rows.close()


@pytest.mark.parametrize(
    ("endpoint", "scope"),
    [
        ("https://dcr-x-1a2b.westeurope-1.ingest.monitor.azure.com", "https://monitor.azure.com/.default"),
        ("https://dcr-x-1a2b.usgovvirginia-1.ingest.monitor.azure.us", "https://monitor.azure.us/.default"),
        ("https://dcr-x-1a2b.chinanorth3-1.ingest.monitor.azure.cn", "https://monitor.azure.cn/.default"),
        ("http://127.0.0.1:8080", "https://monitor.azure.com/.default"),
    ],
)
def test_the_token_is_of_the_endpoints_cloud(endpoint: str, scope: str) -> None:
    assert _scope(endpoint) == scope
