"""A job of the vault that protected the machine before: a person decides, and the policy is asked about that vault too."""

from pathlib import Path

import pytest

from engine.case import Case
from engine.changes import ChangesOff
from engine.desk import desk_of
from engine.gate.guard import Held
from gateway.arm import ids
from remediations.contract import Risk
from tests.engine.driver import Driver, driving

STUCK, MOVING = "backup_stuck_in_old_vault", "backup_in_old_vault"
SUB = "/subscriptions/5b1f7c2e-6d5a-4f0e-9c4b-1f0a3d2e7c88"
OLD = f"{SUB}/resourceGroups/rg-backup-old/providers/Microsoft.RecoveryServices/vaults/rsv-old-01"
OWN = f"{SUB}/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv-prod-01"
AUTO = "[modes]\n" + "".join(f'{risk} = "auto"\n' for risk in Risk)
RULE = '[[rule]]\nname = "The old vault is watched"\nvault = "rsv-old-01"\nmodes = { backup = "observe" }\n'
REFUSING = {
    "deny the vault": f'{AUTO}[scope]\ndeny = ["{OLD}"]\n',
    "deny its group": f'{AUTO}[scope]\ndeny = ["{SUB}/resourceGroups/rg-backup-old"]\n',
    "allow the own vault": f'{AUTO}[scope]\nallow = ["{OWN}"]\n',
    "a rule for the vault": f"{AUTO}{RULE}",
}


def cancelled(driver: Driver) -> list[str]:
    return [change["id"] for change in driver.box.changes() if change["kind"] == "job.cancel"]


async def asked(driver: Driver) -> Case:
    """The case as it waits for a person's word."""
    driver.world["cases"][0]["decision"] = ""
    told = await driver.announce(code="UserErrorBackupOperationInProgress", trigger="sweep")
    while (got := await driver.engine.cases.get(told["case"])) and got[0].phase not in ("ask", "close"):
        await driver.turn()
    assert got
    return got[0]


async def test_even_where_all_is_auto_a_person_is_asked_by_the_job_and_its_vault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(STUCK, tmp_path, monkeypatch, policy=AUTO) as driver:
        case, job = await asked(driver), next(j for j in driver.box.model.jobs if j.end is None)
        assert case.plan["steps"][0]["touches"] == [ids.key(f"{OLD}/backupJobs/{job.name}")]
        assert job.name in case.plan["asks"] and "rsv-old-01" in case.plan["asks"] and not cancelled(driver)
        await driver.decide(case, "approve")
        await driver.run()
        assert cancelled(driver) == [f"{OLD}/backupJobs/{job.name}"]
        (intent,) = [c for c in await desk_changes(driver, case.id) if c["kind"] == "job.cancel"]
        assert (intent["fix"], intent["result"]["state"]) == ("cancel_backup_job", "done")


async def desk_changes(driver: Driver, case_id: str) -> list[dict[str, object]]:
    got = await driver.engine.cases.get(case_id)
    assert got
    return await desk_of(driver.engine, *got, driver.box.now).journal.changes()


@pytest.mark.parametrize("policy", REFUSING.values(), ids=REFUSING)
async def test_a_policy_that_refuses_the_old_vault_keeps_its_job(
    policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(STUCK, tmp_path, monkeypatch, policy=policy) as driver:
        await driver.announce_all()
        (case,) = await driver.run()
        assert case.outcome == "needs a person" and driver.box.changes() == []
        assert "az backup job stop" in case.ending["instructions"]


async def test_waiting_for_a_job_of_a_vault_that_the_policy_refuses_is_no_change_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(MOVING, tmp_path, monkeypatch, policy=REFUSING["deny the vault"]) as driver:
        await driver.announce_all()
        (case,) = await driver.run()
        assert case.outcome == "remediated" and not cancelled(driver)


async def test_a_policy_that_comes_after_the_approval_holds_before_the_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(STUCK, tmp_path, monkeypatch, policy=REFUSING["a rule for the vault"]) as driver:
        told = await driver.announce(code="UserErrorBackupOperationInProgress", trigger="sweep")
        got = await driver.engine.cases.get(told["case"])
        assert got
        case, row = got
        case.plan = {"steps": [{"fix": "cancel_backup_job", "params": {}, "touches": []}], "affects": []}
        guard = desk_of(driver.engine, case, row, driver.box.now).guard
        with pytest.raises(ChangesOff, match="observe"):
            await guard.ask("job.cancel", f"{OLD}/backupJobs/1")
        await guard.ask("job.cancel", f"{OWN}/backupJobs/1")


async def test_a_cancellation_counts_among_the_changes_of_both_vaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = f"{AUTO}[limits]\nmachines_per_vault_and_hour_percent = 100\nchanges_per_vault_and_hour = 1\n"
    async with driving(STUCK, tmp_path, monkeypatch, policy=limit) as driver:
        told = await driver.announce(code="UserErrorBackupOperationInProgress", trigger="sweep")
        got = await driver.engine.cases.get(told["case"])
        assert got
        case, row = got
        case.plan = {"steps": [{"fix": "cancel_backup_job", "params": {}, "touches": []}], "affects": []}
        await driver.engine.slots.take(f"changes {ids.key(OLD)}", 1, "another", driver.box.now)
        guard = desk_of(driver.engine, case, row, driver.box.now).guard
        with pytest.raises(Held, match="the vault rsv-old-01"):
            await guard.ask("job.cancel", f"{OLD}/backupJobs/1")
        await guard.ask("job.cancel", f"{OWN}/backupJobs/1")
