"""Turns of a case: what is switched off changes nothing, success is proof, and every ending says what it is."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.advance import CASE_MAY_TAKE, advance
from engine.case import Case
from engine.prove import look_for_proof
from engine.switch import set_switch
from remediations.facts import Facts
from sandbox.world_files import names
from tests.engine.driver import Driver, driving

WORLDS = [name for name in names() if name != "alert_storm"]


def arm_writes(driver: Driver) -> list[Any]:
    return [r for r in driver.box.requests() if r["write"]]


def would_look_inside(case: Case) -> bool:
    """Whether the plan is a look inside the guest: a write, so that no cause is named where nothing may be written."""
    return [step["fix"] for step in case.plan.get("steps", ())] == ["probe_guest"]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("how", ["mode plan", "dry run"])
async def test_a_case_that_may_only_plan_sends_no_write(
    world: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch, mode="plan" if how == "mode plan" else "auto") as driver:
        for case in driver.world["cases"]:
            await driver.announce(item_id=case["item"], code=case["code"], dry_run=how == "dry run")
        cases = [case for case in await driver.run() if not case.kind]
        assert arm_writes(driver) == [] and driver.box.changes() == []
        assert {c.outcome for c in cases} <= {"needs a person", "not needed"}
        assert await driver.engine.leases.all() == [] and await driver.engine.cases.open_claims() == []
        declared = {case["item"]: case["first_cause"] or case["cause"] for case in driver.world["cases"]}
        named = {c.told.item_id: c.cause for c in cases if not would_look_inside(c)}
        assert named == {item: declared[item] for item in named}, "the diagnosis is made all the same"
        assert all(
            c.cause == "unknown" and "By hand: " in c.ending["instructions"] for c in cases if would_look_inside(c)
        )
        planned = [c for c in cases if c.plan.get("steps") and c.outcome == "needs a person"]
        assert all(c.ending["instructions"].startswith("The plan: 1. ") for c in planned)


async def test_a_wrong_setting_stops_changes_and_not_diagnosis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        wrong = replace(driver.engine.settings, problems=("LEASE_HOURS must be a number",))
        driver.engine = replace(driver.engine, settings=wrong)
        await driver.announce()
        (case,) = await driver.run()
        assert (case.cause, case.outcome) == ("backup_group_locked", "needs a person")
        assert "LEASE_HOURS" in case.ending["reason"] and arm_writes(driver) == []


async def test_the_switch_thrown_in_mid_case_stops_changes_and_the_lock_still_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        await driver.announce()
        while not driver.box.changes():
            await driver.turn()
        await set_switch(driver.engine.rows, "off", "Ada", "something is odd", driver.box.now)
        lifted_at = driver.box.now
        while driver.box.now < lifted_at + timedelta(hours=49):
            await driver.turn()
        await driver.reap()
        assert [c["kind"] for c in driver.box.changes()] == ["lock.delete", "lock.write"]
        assert await driver.locks() == driver.locks_at_start, "at its deadline the lock is back, switch or not"
        await set_switch(driver.engine.rows, "on", "Ada", "all is well", driver.box.now)
        (case,) = await driver.run()
        assert any("switched off by Ada" in note["text"] for note in case.timeline)


async def one_case(driver: Driver) -> Case:
    (case,) = await driver.run()
    return case


def world(machine: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {"name": "web-01", "failure": {"code": "BackUpOperationFailed"}, **machine}
    return {"name": "advance", "title": "for a test", "machine": [made], **more}


async def test_remediated_rests_on_a_job_after_the_change_and_a_newer_point_in_the_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        await driver.announce()
        case = await one_case(driver)
        vault = next(iter(driver.box.model.items)).vault
        job = driver.box.model.jobs.require(f"{vault}/{case.proof['job']}")
        last = max(datetime.fromisoformat(c["at"]) for c in driver.box.changes())
        (point,) = [p for p in driver.box.model.points if p.name == case.proof["point"]]
        assert case.outcome == "remediated"
        assert job.status == "Completed" and job.start >= last
        assert point.hardened == "Valid" and point.time >= job.start


async def test_a_point_that_stays_a_snapshot_is_called_that_after_two_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = ["DataTransferFromVaultFailed"] * 10
    async with driving(world({"transfer_failures": failures}), tmp_path, monkeypatch) as driver:
        begun = driver.box.now
        await driver.announce()
        case = await one_case(driver)
        assert case.outcome == "snapshot proven, vault pending"
        assert timedelta(hours=48) <= driver.box.now - begun < timedelta(hours=60)


async def test_a_completed_job_alone_is_no_proof_while_its_point_is_only_a_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world({}), tmp_path, monkeypatch) as driver:
        driver.box.sim.cancel("backup.scheduled")
        await driver.announce()
        while driver.runs.due:
            await driver.turn()
            for job in [j for j in driver.box.model.jobs if j.end is None and j.tasks[0].status == "Completed"]:
                driver.box.sim.cancel("backup.transferred", job=job.name)  # the job says Completed, no copy arrives
                driver.box.model.jobs.put(replace(job, status="Completed", end=driver.box.now))
        (case,) = await driver.engine.cases.newest(driver.box.now)
        assert (case.proof["job_status"], case.outcome) == ("Completed", "snapshot proven, vault pending")


async def test_after_one_failed_transfer_the_next_nights_backup_in_the_vault_is_the_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first point stays a snapshot; the scheduled job of the next night completes, so nothing is pending."""
    async with driving(world({"transfer_failures": ["DataTransferFromVaultFailed"]}), tmp_path, monkeypatch) as driver:
        await driver.announce()
        case = await one_case(driver)
        assert case.outcome == "remediated", case.ending
        assert case.proof["job_status"] == "Completed" and case.proof["tiers"]["HardenedRP"] == "Valid"


async def test_a_weaker_consistency_than_before_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world({}), tmp_path, monkeypatch) as driver:
        policy = next(iter(driver.box.model.policies))
        driver.box.model.policies.put(replace(policy, consistency="CrashConsistent"))
        await driver.announce()
        case = await one_case(driver)
        assert case.outcome == "remediated" and "CrashConsistent" in case.ending["reason"]
        assert "AppConsistent" in case.proof["weaker"]


async def test_an_equal_consistency_is_not_called_weaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(world({"os": "Linux"}), tmp_path, monkeypatch) as driver:
        await driver.announce()
        assert (await one_case(driver)).proof["weaker"] == ""


async def test_a_case_that_takes_longer_than_a_week_gives_up_and_returns_what_it_borrowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        case_id = (await driver.announce())["case"]
        while not driver.box.changes():
            await driver.turn()
        await driver.box.advance(CASE_MAY_TAKE + timedelta(minutes=1))
        assert (await advance(driver.engine, case_id, driver.box.now)).closed
        got = await driver.engine.cases.get(case_id)
        assert got is not None and got[0].outcome == "gave up" and "7 days" in got[0].ending["reason"]
        assert await driver.locks() == driver.locks_at_start


async def test_an_azure_that_keeps_failing_ends_in_giving_up_without_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = {"rules": [{"kind": "503", "path_contains": "/providers/", "times": 100_000}]}
    async with driving("locked_group", tmp_path, monkeypatch, faults=faults) as driver:
        await driver.announce()
        case = await one_case(driver)
        assert case.outcome == "gave up" and driver.box.changes() == []
        assert driver.turns < 100, "no storm"


async def test_a_turn_taken_twice_makes_no_second_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch) as driver:
        case_id = (await driver.announce())["case"]
        while driver.runs.due:
            await driver.turn()
            await advance(driver.engine, case_id, driver.box.now)
        kinds = [c["kind"] for c in driver.box.changes()]
        assert sorted(kinds) == ["backup.trigger", "extension.delete"]


async def test_every_change_is_in_the_journal_with_azures_correlation_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.journal import Journal

    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        case_id = (await driver.announce())["case"]
        await one_case(driver)
        told = await Journal(driver.engine.rows, case_id).changes()
        assert [c["kind"] for c in told] == [c["kind"] for c in driver.box.changes()]
        assert all(c["result"]["state"] == "done" and c["result"]["correlation"] for c in told)


async def test_a_turn_that_comes_before_its_time_asks_azure_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each failure that joins wakes the run; a storm of them must not become a storm of requests."""
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        case_id = (await driver.announce())["case"]
        while not driver.box.changes():
            await driver.turn()
        asked = len(driver.box.requests())
        turn = await advance(driver.engine, case_id, driver.box.now)
        assert not turn.closed and 80 < turn.wait_s <= 90
        assert len(driver.box.requests()) == asked


async def test_a_spent_quota_never_makes_a_case_give_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spent = {"kind": "429", "method": "GET", "path_contains": "/virtualMachines/", "times": 150}
    async with driving("transient_failure", tmp_path, monkeypatch, faults={"rules": [spent]}) as driver:
        await driver.announce()
        (case,) = await driver.run()
        assert sum(1 for r in driver.box.requests() if r["status"] == 429) == 150
        assert case.outcome in ("remediated", "not needed"), case.ending


async def test_a_newer_snapshot_does_not_hide_the_point_that_is_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a policy of several runs a day the newest point is mostly a snapshot yet."""
    async with driving("transient_failure", tmp_path, monkeypatch) as driver:
        points = sorted(driver.box.model.points, key=lambda point: point.time)
        job = max((j for j in driver.box.model.jobs if j.status == "Completed"), key=lambda j: j.start)
        newer = replace(
            points[-1], id=f"{points[-1].id}9", name=f"{points[-1].name}9", time=driver.box.now, hardened=None
        )
        driver.box.model.points.put(newer)
        e, item = driver.engine, driver.world["cases"][0]["item"]
        proof = await look_for_proof(Facts(e.reads, item, driver.box.now, e.leases.out_of), job.name)
        assert proof.vaulted and proof.point is not None and proof.point.time == points[-1].time
