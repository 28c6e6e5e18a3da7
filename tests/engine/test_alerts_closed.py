"""After proof the alerts are closed, and no sooner; the engine's own expected failure pages nobody; no alert holds a case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case, Failure
from engine.intake import read_alert
from engine.switch import set_switch
from sandbox.arm.faults import parse_faults
from sandbox.arm.rbac import Role
from sandbox.model import FiredAlert
from tests.engine.driver import Driver, driving

CLOSE = "Microsoft.AlertsManagement/alerts/changestate/action"


async def the_alert(driver: Driver) -> FiredAlert:
    """The alert of last night's failure, once Azure Monitor has raised it."""
    while not list(driver.box.model.alerts):
        await driver.box.advance(timedelta(minutes=1))
    return next(iter(driver.box.model.alerts))


async def deliver(driver: Driver, alert: FiredAlert) -> dict[str, Any]:
    """The alert's own body, read as the product reads it."""
    driver.runs.at = driver.box.now
    return await driver.announce(**told_by(alert))


def told_by(alert: FiredAlert) -> dict[str, Any]:
    told = read_alert({"data": {"essentials": alert.essentials, "alertContext": alert.context}})
    assert isinstance(told, Failure)
    return told.to_json()


async def deliver_new(driver: Driver, seen: set[str]) -> None:
    for alert in list(driver.box.model.alerts):
        if alert.id not in seen:
            seen.add(alert.id)
            await deliver(driver, alert)


async def announced(driver: Driver) -> set[str]:
    """The alert of last night's failure is delivered."""
    alert = await the_alert(driver)
    await deliver(driver, alert)
    return {alert.id}


def states(driver: Driver) -> list[str]:
    return [alert.state for alert in sorted(driver.box.model.alerts, key=lambda one: one.fired)]


def closings(driver: Driver) -> list[dict[str, Any]]:
    return [change for change in driver.box.changes() if change["kind"] == "alert.close"]


def asked_to_close(driver: Driver) -> int:
    return sum(r["path"].lower().endswith("/changestate") for r in driver.box.requests())


async def until(driver: Driver, seen: Callable[[], bool], turns: int = 300) -> None:
    while not seen():
        assert turns and driver.runs.due
        await driver.turn()
        turns -= 1


async def only(driver: Driver) -> Case:
    (case,) = await driver.run()
    return case


async def test_the_alerts_of_the_failure_and_of_all_that_joined_are_closed_after_the_proof_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        await announced(driver)
        twin = replace(next(iter(driver.box.model.alerts)), id=f"{next(iter(driver.box.model.alerts)).id[:-1]}f")
        driver.box.model.alerts.put(twin)
        await driver.announce(alert=twin.id, job="another", fired_at=driver.box.now.isoformat())
        case = await only(driver)
        assert case.outcome == "remediated" and states(driver) == ["Closed", "Closed"]
        assert min(one["at"] for one in closings(driver)) >= case.proof["job_end"]
        assert asked_to_close(driver) == 2


async def test_the_engines_own_expected_failure_joins_its_case_and_its_alert_is_closed_long_before_the_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        seen = await announced(driver)
        while driver.runs.due:
            await driver.box.advance(max(driver.box.now, min(driver.runs.due.values())))
            await deliver_new(driver, seen)
            await driver.turn()
        (case,) = await driver.engine.cases.newest(driver.box.now, 9)
        own = [alert for alert in driver.box.model.alerts if alert.job in _failed_since(driver, case)]
        assert len(own) == 1 and case.joined_count >= 1 and states(driver) == ["Closed", "Closed"]
        closed = next(c for c in closings(driver) if c["id"] == own[0].id)
        assert datetime.fromisoformat(closed["at"]) - own[0].fired <= timedelta(minutes=10)
        assert closed["at"] < case.proof["job_end"], "nobody is to be paged for a failure that was expected"
        assert await driver.engine.cases.open_claims() == []


def _failed_since(driver: Driver, case: Case) -> set[str]:
    opened = datetime.fromisoformat(case.opened)
    return {job.name for job in driver.box.model.jobs if job.problem and job.start > opened}


@pytest.mark.parametrize("why", ["403", "404", "lost answer", "503 for ever", "429 for ever"])
async def test_an_alert_that_cannot_be_closed_never_holds_the_case(
    why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = Role(("*",), (CLOSE,)) if why == "403" else None
    kind, times = {"lost": ("drop_after", 1)}.get(why.split()[0], (why.split()[0], 1000))
    rule = {"kind": kind, "path_contains": "/changestate", "times": times}
    faults = {"rules": [rule]} if role is None and why != "404" else None
    async with driving("extension_failed", tmp_path, monkeypatch, role=role, faults=faults) as driver:
        await announced(driver)
        if why == "404":
            driver.box.model.alerts.remove(next(iter(driver.box.model.alerts)).id)
        case = await only(driver)
        ended = next(note["at"] for note in case.timeline if note["event"] == "ending")
        assert case.outcome == "remediated"
        assert datetime.fromisoformat(case.closed) - datetime.fromisoformat(ended) < timedelta(minutes=20)
        assert len(closings(driver)) == (why == "lost answer") and asked_to_close(driver) <= 11
        assert why == "lost answer" or any(note["event"] in ("alert", "trouble") for note in case.timeline)


async def test_an_azure_that_fails_after_the_proof_does_not_hold_the_case_for_its_alert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        await announced(driver)
        case_id = next(iter(driver.runs.due))
        await until(driver, lambda: any(change["kind"] == "backup.trigger" for change in driver.box.changes()))
        await driver.box.advance(timedelta(hours=2))
        broken = parse_faults([{"kind": "503", "path_contains": "/changestate", "times": 1}])
        driver.box.pipeline.options.faults = broken
        await until(driver, lambda: bool(asked_to_close(driver)))
        broken.rules = parse_faults([{"kind": "503", "path_contains": "/", "times": 10_000}]).rules
        await driver.run(turns=40)
        got = await driver.engine.cases.get(case_id)
        assert got is not None and got[0].outcome == "remediated"


@pytest.mark.parametrize("how", ["observe", "plan", "dry run", "switch", "setting"])
@pytest.mark.parametrize("world", ["extension_failed", "healed"])
async def test_where_nothing_may_be_changed_no_alert_is_closed_either(
    how: str, world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = how if how in ("observe", "plan") else "auto"
    async with driving("extension_failed", tmp_path, monkeypatch, mode=mode) as driver:
        if world == "healed":
            await heal(driver)
        if how == "switch":
            await set_switch(driver.engine.rows, "off", "Ada", "odd", driver.box.now)
        if how == "setting":
            driver.engine = replace(driver.engine, settings=replace(driver.engine.settings, changes="off"))
        told = told_by(await the_alert(driver))
        await driver.announce(**{**told, "dry_run": how == "dry run"})
        for _ in range(60):
            if driver.runs.due:
                await driver.turn()
        cases = await driver.engine.cases.newest(driver.box.now, 9)
        assert world == "extension_failed" or [case.outcome for case in cases] == ["not needed"]
        assert asked_to_close(driver) == 0 and states(driver) == ["New"]


async def heal(driver: Driver) -> None:
    """The extension is repaired by hand, and a backup completes, before the alert comes to us."""
    from sandbox.backup.run import start_backup

    for vm in list(driver.box.model.machines):
        whole = tuple(replace(e, state="Succeeded") for e in vm.extensions)
        driver.box.model.machines.put(replace(vm, extensions=whole))
    start_backup(driver.box.sim, next(iter(driver.box.model.items)), on_demand=False)
    await driver.box.advance(timedelta(hours=2))


async def test_a_case_left_to_a_person_leaves_its_alert_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("other_extension", tmp_path, monkeypatch) as driver:
        await announced(driver)
        assert (await only(driver)).outcome == "needs a person"
        assert states(driver) == ["New"] and asked_to_close(driver) == 0


async def test_a_failure_after_the_proving_backup_keeps_its_alert_and_gets_its_own_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        await announced(driver)
        await until(driver, lambda: any(change["kind"] == "backup.trigger" for change in driver.box.changes()))
        first = next(iter(driver.runs.due))
        await driver.box.advance(timedelta(hours=2))
        old = next(iter(driver.box.model.alerts))
        later = replace(old, id=f"{old.id[:-1]}f", job="later", fired=driver.box.now)
        driver.box.model.alerts.put(later)
        await driver.announce(alert=later.id, fired_at=driver.box.now.isoformat(), code="BackUpOperationFailed")
        await driver.run()
        got = await driver.engine.cases.get(first)
        assert got is not None and got[0].outcome == "remediated"
        assert states(driver) == ["Closed", "New"], "nothing has proven that the later failure is over"
        assert len(await driver.engine.cases.open_claims()) == 1, "it has a case of its own"
        await driver.reap()
        await driver.run()
        assert states(driver) == ["Closed", "Closed"]


@pytest.mark.parametrize("troubled", [False, True])
async def test_an_alert_that_tells_of_the_failure_after_the_case_was_closed_is_closed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, troubled: bool
) -> None:
    async with driving("transient_failure", tmp_path, monkeypatch) as driver:
        first = await the_alert(driver)
        await deliver(driver, first)
        case = await only(driver)
        assert case.outcome == "remediated" and set(states(driver)) == {"Closed"}
        late = f"{first.id[:-4]}beef"
        essentials = {**first.essentials, "alertId": late, "firedDateTime": driver.box.now.isoformat()}
        driver.box.model.alerts.put(replace(first, id=late, essentials=essentials, state="New"))
        if troubled:
            driver.box.pipeline.options.faults = parse_faults([{"kind": "503", "path_contains": "/changestate"}])
        before, late_one = asked_to_close(driver), driver.box.model.alerts.get(late)
        assert late_one
        told = await deliver(driver, late_one)
        assert told == {"case": case.id, "how": "repeat"}
        assert (await only(driver)).outcome == "remediated"
        assert set(states(driver)) == {"Closed"} and asked_to_close(driver) == before + 1 + troubled


async def test_an_alert_that_comes_after_a_case_without_proof_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, mode="plan") as driver:
        first = await the_alert(driver)
        await deliver(driver, first)
        await only(driver)
        late = f"{first.id[:-4]}beef"
        driver.box.model.alerts.put(replace(first, id=late, essentials={**first.essentials, "alertId": late}))
        late_one = driver.box.model.alerts.get(late)
        assert late_one and (await deliver(driver, late_one))["how"] == "repeat"
        await only(driver)
        assert "Closed" not in states(driver) and asked_to_close(driver) == 0
