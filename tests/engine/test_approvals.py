"""A person decides: an answer is bound to its plan, is never lost, counts once, and silence is no."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engine.decisions import APPROVE, NOBODY, not_asked
from engine.desk import desk_of
from engine.gate.guard import Held
from engine.journal import Journal
from engine.phases.diagnose import diagnose_case
from engine.plan import plan_hash
from engine.policy import Policy
from engine.switch import set_switch
from remediations.facts import Facts
from tests.engine.asking import ASKS, answer, asked, ended, first_question, kinds, said, the_case
from tests.engine.driver import driving


async def test_the_question_says_why_what_and_until_when_and_nothing_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("shared_group", tmp_path, monkeypatch, policy=ASKS) as driver:
        case = await first_question(driver)
        assert "asks for an approval" in case.ask["why"] and kinds(driver) == []
        (told,) = said(case, "asks")
        assert "do-not-delete (CanNotDelete)" in told and "Machines that share it: app-02" in told
        asked_at = datetime.fromisoformat(case.ask["at"])
        assert datetime.fromisoformat(case.ask["expires"]) - asked_at == timedelta(hours=24)
        assert case.ask["hash"] == plan_hash(case.plan) != plan_hash({**case.plan, "case": "0" * 32})


async def test_an_approved_plan_is_carried_out_and_the_record_says_who_why_and_under_which_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, policy=ASKS) as driver:
        case = await first_question(driver)
        await driver.engine.decisions.record(case.id, answer(case, "approve", change="CHG-7"))
        done = await ended(driver)  # woken by nobody: the row is found at the next look
        assert (done.outcome.partition(",")[0], kinds(driver)[0]) == ("remediated", "lock.delete")
        assert said(done, "decision") == ["approve by Ada on call: looked at it (change CHG-7)"]
        assert "approved by Ada on call" in said(done, "gate")[0]
        assert len(said(done, "asks")) == 1 and await driver.locks() == driver.locks_at_start


@pytest.mark.parametrize("waits_in", ["ask", "gate"])
async def test_a_broken_policy_deployed_after_the_approval_holds_the_case_until_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits_in: str
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, policy=ASKS) as driver:
        case, good = await first_question(driver), driver.engine
        broken = replace(good, policy=Policy(problems=("policy.toml, line 3: no such key",)))
        if waits_in == "gate":
            await set_switch(good.rows, "off", "Ada", "one moment", driver.box.now)
        else:
            driver.engine = broken
        await driver.decide(case, "approve")
        await driver.turn()
        driver.engine = broken
        await set_switch(good.rows, "on", "Ada", "go on", driver.box.now)
        for _ in range(3):
            await driver.turn()
            held = await the_case(driver)
            assert held.phase == waits_in and kinds(driver) == []
            assert "no such key" in said(held, "held")[-1]
        driver.engine = good
        done = await ended(driver)
        assert done.outcome.partition(",")[0] == "remediated" and len(said(done, "asks")) == 1


async def test_no_plan_is_made_anew_for_an_approved_case_while_the_policy_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, policy=ASKS) as driver:
        await first_question(driver)
        got = await driver.engine.cases.get((await the_case(driver)).id)
        assert got
        got[0].ask["answer"], got[0].phase = APPROVE, "diagnose"  # as it is where Azure was throttled just then
        broken = replace(driver.engine, policy=Policy(problems=("policy.toml, line 3: no such key",)))
        with pytest.raises(Held, match="no such key"):
            await diagnose_case(desk_of(broken, *got, driver.box.now))


async def test_a_failure_that_a_person_told_of_and_refused_is_not_opened_again_by_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        await driver.announce(trigger="manual", code="")
        await driver.decide(await asked(driver), "reject")
        done = await ended(driver)
        facts = Facts(driver.engine.reads, done.told.item_id, driver.box.now, driver.engine.leases.out_of)
        job = (await facts.failed_job()).name
        assert (await driver.announce(trigger="sweep", job=job)) == {"case": done.id, "how": "repeat"}


async def test_a_rejected_plan_ends_the_case_with_the_reason_and_without_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        await driver.decide(await first_question(driver), "reject")
        case = await ended(driver)
        assert (case.outcome, kinds(driver)) == ("needs a person", [])
        assert case.ending["reason"] == "Ada on call refused the plan: looked at it"
        assert "VMSnapshot" in case.ending["instructions"]


async def test_a_refusal_in_the_middle_returns_what_was_borrowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = {"restore_points": 18, "restore_group": "AzureBackupRG_westeurope_1", "cleanup_stuck": True}
    made = {"name": "web-01", **stuck, "failure": {"code": "UserErrorRpCollectionLimitReached"}}
    lock = {"scope": "group:AzureBackupRG_westeurope_1", "name": "do-not-delete"}
    world = {"name": "refused", "title": "for a test", "machine": [made], "lock": [lock]}
    policy = ASKS.replace('data = "auto"', 'data = "approve"')
    async with driving(world, tmp_path, monkeypatch, policy=policy) as driver:
        await driver.decide(first := await first_question(driver), "approve")
        second = await asked(driver, first)
        assert second.plan["from"] == second.step == 2, "data is asked for by itself"
        assert all(f"azurebackup_{p}" in said(second, "asks")[-1] for p in ("20260212", "20260220")), "each is named"
        assert await driver.locks() == []
        await driver.decide(second, "reject")
        case = await ended(driver)
        assert case.outcome == "needs a person" and await driver.locks() == driver.locks_at_start
        assert "restore_point.delete" not in kinds(driver)


async def test_silence_is_a_refusal_and_an_answer_that_comes_later_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        (item,) = driver.box.model.items
        driver.box.model.items.put(replace(item, always_fails="UserErrorVmProvisioningStateFailed"))
        case = await first_question(driver)
        await driver.box.advance(datetime.fromisoformat(case.ask["expires"]))
        assert "expired" in not_asked(case, case.ask["hash"], driver.box.now), "before the case itself has looked, too"
        done = await ended(driver)
        assert done.outcome == "needs a person" and "nobody answered" in done.ending["reason"]
        late = await driver.engine.decisions.record(case.id, answer(case, "approve"))
        assert (late.who, late.approved, kinds(driver)) == (NOBODY, False, [])


async def test_an_answer_given_in_time_counts_though_the_case_sees_it_after_the_question_expired(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        (item,) = driver.box.model.items
        driver.box.model.items.put(replace(item, next_failures=("UserErrorVmProvisioningStateFailed",) * 2))
        case = await first_question(driver)
        await driver.engine.decisions.record(case.id, answer(case, "approve"))
        await driver.box.advance(timedelta(hours=25))  # no host was alive meanwhile
        await driver.turn()
        assert "extension.delete" in kinds(driver)


async def test_of_two_answers_the_first_stands_and_the_second_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("extension_failed", tmp_path, monkeypatch, policy=ASKS) as driver:
        case, decisions = await first_question(driver), driver.engine.decisions
        assert (await decisions.record(case.id, answer(case, "approve"))).approved
        for later in (answer(case, "reject", who="Bob"), answer(case, "approve", who="Bob")):
            assert (await decisions.record(case.id, later)).who == "Ada on call"
        done = await ended(driver)
        assert done.outcome == "remediated" and len(said(done, "decision")) == 1
        assert sorted(kinds(driver)) == ["backup.trigger", "extension.delete"]


STUCK = {
    "name": "web-01",
    "restore_points": 18,
    "restore_group": "AzureBackupRG_westeurope_1",
    "cleanup_stuck": True,
    "failure": {"code": "UserErrorRpCollectionLimitReached"},
}


async def test_a_yes_to_a_second_lift_asks_nothing_more_about_what_the_policy_lets_run_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = {"scope": "group:AzureBackupRG_westeurope_1", "name": "do-not-delete"}
    world = {"name": "twice", "title": "for a test", "machine": [STUCK], "lock": [lock]}
    async with driving(world, tmp_path, monkeypatch) as driver:
        (one,) = await driver.engine.reads.locks(driver.world["subscription"], driver.box.now)
        earlier = "0" * 32  # a case of another day, which lifted the lock and returned it
        assert await driver.engine.leases.take(earlier, one, one.scope, driver.box.now)
        await Journal(driver.engine.rows, earlier).intend("lock.delete", one.id, driver.box.now, {})
        (lease,) = await driver.engine.leases.all()
        await driver.engine.leases.give_back(lease, earlier, driver.box.now)
        case = await first_question(driver)
        assert "was lifted on" in case.ask["why"]
        await driver.decide(case, "approve")
        done = await ended(driver)
        assert done.outcome.startswith("remediated") and "restore_point.delete" in kinds(driver)
        assert len(said(done, "asks")) == 1


async def test_auto_unlocks_for_one_fix_of_one_rule_after_enough_plans_that_people_approved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = {"snapshot_extension": "Failed", "failure": {"code": "UserErrorVmProvisioningStateFailed"}}
    machines = [{"name": f"web-0{n}", "group": f"rg-{g}", **failed} for n, g in enumerate("aaabab")]
    rules = [
        f'[[rule]]\nname = "{g}"\ngroup = "rg-{g}"\nmodes = {{ extension = "auto" }}\nauto_after = 2\n' for g in "ab"
    ]
    limits = "[limits]\nmachines_per_vault_and_hour_percent = 100\n"
    world = {"name": "unlock", "title": "for a test", "machine": machines}
    async with driving(world, tmp_path, monkeypatch, policy=ASKS + "".join(rules) + limits) as driver:
        how = []
        for one, decision in zip(driver.world["cases"], ["approve", "reject", *["approve"] * 4], strict=True):
            one["decision"] = decision
        for one in driver.world["cases"]:
            await driver.announce(item_id=one["item"], code=one["code"])
            cases = {case.told.item_id: case for case in await driver.run()}
            how.append(len(said(cases[one["item"]], "asks")))
        assert how == [1, 1, 1, 1, 0, 1], "a refusal earns nothing, and neither does an approval under another rule"
