"""One case whole: what a person attaches to a ticket holds everything on record, says what it lacks, and shows no secret."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import TIMELINE_KEPT, Case, Failure
from engine.cases import Cases
from engine.decisions import APPROVE, Decision, Decisions
from engine.engine import Engine
from engine.evidence.gather import evidence_of, lent, undo
from engine.evidence.page import page
from engine.journal import Journal
from engine.leases import TABLE as LEASES
from engine.settings import read_settings
from gateway.arm import ids
from tests.engine.driver import Driver, driving

NOW = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
GROUP = "/subscriptions/s/resourceGroups/AzureBackupRG_westeurope_1"
ITEM = (
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/"
    "protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;vm/protectedItems/VM;iaasvmcontainerv2;rg;vm"
)
SIGNED = "https://management.azure.com/x/operationsStatus/op?api-version=1&t=638000000000000000&c=MIIHpTCCBo2gAwIBAgI&s=abcdefghijklmnopqrstu"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine over an empty store that nothing answers for: whoever asks Azure fails."""
    opened = Engine.open(
        read_settings({"STORE_URL": f"sqlite://{tmp_path}/store.db", "ARM_ENDPOINT": "http://[::1]:1"})
    )
    yield opened
    await opened.close()


async def stored(engine: Engine, **more: Any) -> Case:
    case = Case.open(Failure(ITEM, NOW.isoformat(), "alert", code="UserErrorRpCollectionLimitReached"), NOW)
    for name, value in more.items():
        setattr(case, name, value)
    await engine.cases.add(case)
    return case


def lock(**more: str) -> dict[str, Any]:
    told = {"id": f"{GROUP}/providers/Microsoft.Authorization/locks/keep", "name": "keep", "scope": GROUP}
    return {**told, "level": "CanNotDelete", "notes": None, "owners": [], **more}


async def lend(engine: Engine, *holders: str, taken: datetime = NOW, **more: Any) -> None:
    deadline = (taken + timedelta(hours=48)).isoformat()
    row = {"lock": lock(), "group": GROUP, "holders": list(holders), "state": "out", "deadline": deadline}
    await engine.rows.insert(LEASES, GROUP.lower(), "keep", {**row, "taken": taken.isoformat(), **more})


async def change(engine: Engine, case: Case, kind: str, target: str, state: str = "done", **before: Any) -> None:
    journal = Journal(engine.rows, case.id)
    key = await journal.intend(kind, target, NOW, before)
    await journal.result(key, state, NOW, correlation="c-1")


async def evidence(engine: Engine, case_id: str) -> dict[str, Any]:
    """The evidence, as it arrives where it was asked for; and the page of it can be made."""
    found = await evidence_of(engine, case_id)
    assert found is not None
    assert page(found).startswith("<!doctype html>")
    arrived: dict[str, Any] = json.loads(json.dumps(found))
    return arrived


async def asked_without_azure(driver: Driver, case_id: str) -> dict[str, Any]:
    asked = len(driver.box.requests())
    found = await evidence(driver.engine, case_id)
    assert len(driver.box.requests()) == asked, "evidence is read from the store only"
    return found


async def test_a_case_that_is_over_is_told_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        await driver.announce()
        [case] = await driver.run()
        found = await asked_without_azure(driver, case.id)
        made = [(written["kind"], written["id"].lower()) for written in driver.box.changes()]
    assert found["case"]["outcome"] == case.outcome != ""
    assert found["case"]["summary"] == case.ending["summary"]
    assert found["cause"]["name"] == "backup_group_locked"
    assert [verdict["cause"] for verdict in found["cause"]["verdicts"]][-1] == "backup_group_locked"
    assert all(verdict["reason"] for verdict in found["cause"]["verdicts"])
    assert [(told["kind"], told["target"].lower()) for told in found["changes"]] == made
    assert all(told["result"]["correlation"] and told["undo"] for told in found["changes"])
    assert found["changes"][0]["undo"] == f"Nothing to undo: the lock was returned at {found['leases'][0]['returned']}"
    assert [(lease["lock"]["name"], lease["state"]) for lease in found["leases"]] == [("do-not-delete", "returned")]
    assert found["proof"]["before"]["point"] != found["proof"]["point"]
    assert found["plan"]["hash"] == case.plan["hash"]
    assert found["facts"] and all(fact["read_at"] for fact in found["facts"])
    assert found["timeline"] == case.timeline
    assert found["failure"] == case.failure


async def test_while_a_lock_is_out_the_way_to_return_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        told = await driver.announce()
        while not await driver.engine.leases.all():
            await driver.turn()
        await driver.announce(job="88df0be3-7c77-46c9-bfc2-fb92e3b1918a")
        found = await asked_without_azure(driver, told["case"])
        [out] = await lent(driver.engine, driver.box.now)
        [late] = await lent(driver.engine, driver.box.now + timedelta(hours=49))
        [lease] = await driver.engine.leases.all()
    assert (found["case"]["outcome"], found["case"]["closed"]) == ("", "")
    assert "lifted the lock do-not-delete" in found["case"]["summary"]
    assert [kept["return_with"] for kept in found["leases"]] == [lease.command] == [out["return_with"]]
    assert (out["overdue"], late["overdue"]) == (False, True)
    assert [failure["job"] for failure in found["joined"]] == ["88df0be3-7c77-46c9-bfc2-fb92e3b1918a"]


async def test_of_an_unknown_case_there_is_no_evidence(engine: Engine) -> None:
    assert await evidence_of(engine, "0" * 32) is None


async def test_a_case_that_has_just_begun_has_its_page(engine: Engine) -> None:
    found = await evidence(engine, (await stored(engine)).id)
    assert (found["changes"], found["leases"], found["decisions"], found["proof"]) == ([], [], [], {})
    assert "The cause is not named yet. Done so far: nothing was changed." in found["case"]["summary"]


async def test_what_people_decided_is_told(engine: Engine) -> None:
    case = await stored(engine)
    answer = Decision("abc", APPROVE, "Ada", "the owner agrees", "CHG-1", NOW.isoformat())
    await Decisions(engine.rows).record(case.id, answer)
    found = await evidence(engine, case.id)
    assert found["decisions"] == [answer.to_json()]
    assert "Ada" in page(found) and "CHG-1" in page(found)


async def test_a_lease_is_told_to_all_who_shared_it_and_not_to_those_before(engine: Engine) -> None:
    case = await stored(engine)
    await lend(engine, "f" * 32, by=["f" * 32])
    assert (await evidence(engine, case.id))["leases"] == []
    [row] = await engine.rows.scan(LEASES)
    shared = {**row.value, "holders": [], "by": ["f" * 32, case.id], "state": "returned"}
    await engine.rows.replace(LEASES, row, shared)
    assert [lease["state"] for lease in (await evidence(engine, case.id))["leases"]] == ["returned"]


async def test_a_lock_that_stays_off_tells_the_rule_and_the_way_back(engine: Engine) -> None:
    case = await stored(engine)
    await lend(engine, by=[case.id], state="left off", leave_off="test machines", returned=NOW.isoformat())
    found = await evidence(engine, case.id)
    assert found["leases"][0]["return_with"] in page(found).replace("&#39;", "'")
    assert "rule test machines leaves it off" in page(found)


@pytest.mark.parametrize(
    ("kind", "state", "before", "way"),
    [
        ("lock.delete", "done", {"return_with": "az lock create --name keep"}, "az lock create --name keep"),
        ("lock.delete", "unknown", {"return_with": "az lock create --name keep"}, "az lock create --name keep"),
        ("lock.delete", "refused", {"return_with": "az lock create --name keep"}, "Nothing to undo: Azure refused it"),
        (
            "backup.trigger",
            "done",
            {"expiry": "2026-12-01"},
            "Nothing to undo: what the job may bring expires at 2026-12-01",
        ),
        ("restore_point.delete", "done", {}, "Cannot be undone"),
        ("extension.delete", "done", {}, "the next backup installs it again"),
        ("something.new", "done", {}, "not on record"),
    ],
)
def test_each_change_says_how_it_is_undone(kind: str, state: str, before: dict[str, Any], way: str) -> None:
    assert way in undo({"kind": kind, "before": before, "result": {"state": state}})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (SIGNED, "https://management.azure.com/x/operationsStatus/op?api-version=1&t=REDACTED&c=REDACTED&s=REDACTED"),
        ("https://a.blob.core.windows.net/c?sp=r&sig=abcdefghij%2Bklmnop", "sp=r&sig=REDACTED"),
        ("Authorization: Bearer abcdefghijklmnop.qrstuvwxyz", "Bearer REDACTED"),
        ("token eyJhbGciOiJSUzI1.eyJhdWQiOiJodHRw.c2lnbmF0dXJl", "token REDACTED"),
        ("AccountName=a;AccountKey=abcdefgh0123456789==;x", "AccountKey=REDACTED;x"),
        (
            "see https://wiki/page?id=7&t=3 and https://aka.ms/AB-Code",
            "https://wiki/page?id=7&t=3 and https://aka.ms/AB-Code",
        ),
    ],
)
async def test_what_signs_or_opens_something_is_blacked_out(engine: Engine, text: str, shown: str) -> None:
    case = await stored(engine)
    case, row = await _again(engine.cases, case)
    case.note(NOW, "trouble", text)
    await engine.cases.save(case, row)
    await change(engine, case, "lock.delete", lock()["id"], notes=text)
    found = await evidence(engine, case.id)
    assert found["timeline"][-1]["text"].endswith(shown)
    assert found["changes"][0]["before"]["notes"].endswith(shown)


async def _again(cases: Cases, case: Case) -> tuple[Case, Any]:
    got = await cases.get(case.id)
    assert got is not None
    return got


async def test_what_is_cut_is_said(engine: Engine) -> None:
    ended = {"closed": NOW.isoformat(), "outcome": "gave up", "phase": "close"}
    said = [{"at": NOW.isoformat(), "event": "trouble", "text": str(n)} for n in range(TIMELINE_KEPT)]
    told = Failure(ITEM, NOW.isoformat(), "alert", job="j").to_json()
    case = await stored(engine, **ended, timeline=said, joined=[told], joined_count=61)
    found = await evidence(engine, case.id)
    assert any("newest 299" in text for text in found["cut"])
    assert "60 more failure(s) joined this case and were counted only." in found["cut"]
    shown = page(found)
    assert all(text in shown for text in found["cut"])


async def test_what_is_whole_is_not_said_to_be_cut(engine: Engine) -> None:
    assert (await evidence(engine, (await stored(engine)).id))["cut"] == []


async def test_locks_that_are_out_are_listed_by_the_time_they_are_due(engine: Engine) -> None:
    await lend(engine, "a" * 32, taken=NOW)
    row = {"lock": lock(name="older", id=f"{GROUP}/older"), "group": GROUP, "holders": [], "state": "returning"}
    times = {"deadline": NOW.isoformat(), "taken": (NOW - timedelta(hours=48)).isoformat()}
    await engine.rows.insert(LEASES, ids.key(GROUP), "older", {**row, **times})
    out = await lent(engine, NOW + timedelta(seconds=1))
    assert [(one["lock"]["name"], one["state"], one["overdue"]) for one in out] == [
        ("older", "returning", True),
        ("keep", "out", False),
    ]
