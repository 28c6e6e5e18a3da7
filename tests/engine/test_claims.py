"""Promise 5: one hand per item; what arrives meanwhile joins it and is not lost. Promise 6: a repeat is harmless."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.case import GAVE_UP, NEEDS_PERSON, NOT_NEEDED, REMEDIATED, VAULT_PENDING, Case, Failure
from engine.cases import Cases
from engine.claims import let_go, open_case
from engine.reaper import reap
from gateway.store.opening import open_rows
from gateway.store.rows import Rows
from tests.engine.driver import Runs, driving
from tests.remediations.made import ITEM_ID, NOW


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[Rows]:
    opened = open_rows(f"sqlite://{tmp_path}/store.db")
    yield opened
    await opened.close()


@pytest.fixture
def cases(rows: Rows) -> Cases:
    return Cases(rows)


@pytest.fixture
def runs() -> Runs:
    made = Runs()
    made.at = NOW
    return made


def failure(n: int = 0, **told: object) -> Failure:
    made = Failure(ITEM_ID, (NOW + timedelta(seconds=n)).isoformat(), "alert", job=f"job-{n}")
    return replace(made, **told)  # type: ignore[arg-type]


async def closed(cases: Cases, case_id: str, outcome: str = REMEDIATED, proved: datetime = NOW) -> Case:
    """Close the case as a turn does, up to but not including the letting go."""
    got = await cases.get(case_id)
    assert got is not None
    case, row = got
    case.outcome, case.closed, case.phase = outcome, (proved + timedelta(minutes=1)).isoformat(), "close"
    case.proof = {"job_end": proved.isoformat()}
    await cases.save(case, row)
    return case


async def test_of_fifty_failures_of_one_item_at_once_one_opens_a_case_and_the_others_join(
    cases: Cases, runs: Runs
) -> None:
    told = [failure(n) for n in range(50)]
    waiting, answers = list(told), []
    for _ in range(5):  # what raises comes back from the queue, five times at most
        got = await asyncio.gather(*[open_case(cases, runs, f, NOW) for f in waiting], return_exceptions=True)
        answers += [one for one in got if isinstance(one, dict)]
        waiting = [f for f, one in zip(waiting, got, strict=True) if isinstance(one, BaseException)]
    assert not waiting
    assert sorted(one["how"] for one in answers) == ["joined"] * 49 + ["opened"]
    assert len({one["case"] for one in answers}) == 1 and len(runs.due) == 1
    claim = await cases.holder(told[0].item_key)
    assert claim is not None and claim.joined_count == 49
    assert len({Failure(**one).case_id for one in claim.joined} | {claim.case_id}) == 50


async def test_the_same_failure_told_fifty_times_at_once_is_one_case(cases: Cases, runs: Runs) -> None:
    answers = await asyncio.gather(*[open_case(cases, runs, failure(), NOW) for _ in range(50)])
    assert {one["case"] for one in answers} == {failure().case_id} and len(runs.due) == 1
    claim = await cases.holder(failure().item_key)
    assert claim is not None and claim.joined_count == 0


async def test_the_same_joined_failure_told_again_counts_once(cases: Cases, runs: Runs) -> None:
    for one in (failure(0), failure(1), failure(1), failure(1)):
        await open_case(cases, runs, one, NOW)
    claim = await cases.holder(failure().item_key)
    assert claim is not None and claim.joined_count == 1


async def test_items_that_differ_in_case_only_are_one_item(cases: Cases, runs: Runs) -> None:
    await open_case(cases, runs, failure(0), NOW)
    answer = await open_case(cases, runs, failure(1, item_id=ITEM_ID.upper()), NOW)
    assert answer["how"] == "joined"


async def test_a_claim_whose_process_died_before_its_case_was_stored_is_adopted(
    cases: Cases, runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("transient_failure", tmp_path, monkeypatch) as driver:
        told = Failure(
            driver.world["cases"][0]["item"], driver.box.now.isoformat(), "alert", code="BackUpOperationFailed"
        )
        assert await driver.engine.cases.claim(told)
        assert (await driver.reap())["adopted"] == 1
        (case,) = await driver.run()
        assert case.id == told.case_id and case.outcome == REMEDIATED
        assert await driver.engine.cases.open_claims() == []


async def test_a_case_whose_run_died_is_started_again_and_a_living_one_is_not(
    cases: Cases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("transient_failure", tmp_path, monkeypatch) as driver:
        await driver.announce()
        assert (await driver.reap())["adopted"] == 0
        driver.runs.due.clear()
        assert (await driver.reap())["adopted"] == 1
        (case,) = await driver.run()
        assert case.outcome == REMEDIATED


async def test_a_failure_wakes_the_holder_and_starts_it_again_where_its_run_is_gone(cases: Cases, runs: Runs) -> None:
    await open_case(cases, runs, failure(0), NOW)
    runs.due.clear()
    await open_case(cases, runs, failure(1), NOW)
    assert set(runs.due) == {failure(0).case_id}


@pytest.mark.parametrize("outcome", [REMEDIATED, NOT_NEEDED, VAULT_PENDING])
async def test_a_failure_newer_than_the_proof_that_joined_at_the_last_moment_gets_its_own_case(
    cases: Cases, runs: Runs, outcome: str
) -> None:
    await open_case(cases, runs, failure(0), NOW)
    case = await closed(cases, failure(0).case_id, outcome)
    assert (await open_case(cases, runs, failure(60), NOW))["how"] == "joined"
    await let_go(cases, case.id)
    claim = await cases.holder(failure().item_key)
    assert claim is not None and claim.case_id == failure(60).case_id
    got = await cases.get(failure(60).case_id)
    assert got is not None and not got[0].closed


async def test_a_failure_that_the_proof_covers_opens_nothing(cases: Cases, runs: Runs) -> None:
    await open_case(cases, runs, failure(0), NOW)
    await open_case(cases, runs, failure(10), NOW)
    await let_go(cases, (await closed(cases, failure(0).case_id, proved=NOW + timedelta(hours=1))).id)
    assert await cases.open_claims() == []


async def test_a_failure_that_joins_between_reading_and_deleting_the_claim_is_seen(
    cases: Cases, runs: Runs, rows: Rows
) -> None:
    """The claim is deleted only as it was read."""
    await open_case(cases, runs, failure(0), NOW)
    case = await closed(cases, failure(0).case_id)
    claim = await cases.holder(failure().item_key)
    assert claim is not None
    await open_case(cases, runs, failure(60), NOW)
    assert not await cases.unclaim(claim) and not await cases.hand_over(claim, failure(60))
    await let_go(cases, case.id)
    after = await cases.holder(failure().item_key)
    assert after is not None and after.case_id == failure(60).case_id


async def test_letting_go_and_joining_at_once_loses_no_failure(cases: Cases, runs: Runs) -> None:
    for n in range(0, 3000, 100):
        await open_case(cases, runs, failure(n), NOW)
        case = await closed(cases, failure(n).case_id, proved=NOW + timedelta(seconds=n + 1))
        late = failure(n + 50, job=f"late-{n}")
        await asyncio.gather(let_go(cases, case.id), open_case(cases, runs, late, NOW))
        claim = await cases.holder(late.item_key)
        assert claim is not None
        assert claim.case_id == late.case_id or late.to_json() in claim.joined
        await closed(cases, claim.case_id, proved=NOW + timedelta(days=1))
        got = await cases.get(claim.case_id)
        assert got is not None
        await let_go(cases, got[0].id)


async def test_a_failure_of_a_closed_case_is_a_repeat_and_is_recorded_once(cases: Cases, runs: Runs) -> None:
    await open_case(cases, runs, failure(0), NOW)
    await let_go(cases, (await closed(cases, failure(0).case_id)).id)
    for _ in range(2):
        assert (await open_case(cases, runs, failure(0), NOW))["how"] == "repeat"
    assert [one["kind"] for one in await cases.recorded(NOW)] == ["repeat"]
    assert await cases.open_claims() == []


@pytest.mark.parametrize("outcome", [REMEDIATED, NEEDS_PERSON, GAVE_UP])
async def test_a_failure_that_joined_is_a_repeat_once_its_case_is_closed(
    cases: Cases, runs: Runs, outcome: str
) -> None:
    """A message may be delivered again hours later (promise 6), and what joined must leave a trace (promise 10)."""
    await open_case(cases, runs, failure(0), NOW)
    await open_case(cases, runs, failure(10), NOW)
    await let_go(cases, (await closed(cases, failure(0).case_id, outcome, NOW + timedelta(hours=1))).id)
    assert (await open_case(cases, runs, failure(10), NOW))["how"] == "repeat"


async def test_a_dry_run_keeps_no_real_failure_waiting(cases: Cases, runs: Runs) -> None:
    assert (await open_case(cases, runs, failure(0, dry_run=True), NOW))["how"] == "opened"
    assert (await open_case(cases, runs, failure(0), NOW))["how"] == "opened"
    assert (await open_case(cases, runs, failure(1), NOW))["how"] == "joined"
    assert failure(0, dry_run=True).case_id != failure(0).case_id


async def test_a_closed_case_that_could_not_let_go_is_let_go_by_the_reaper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("transient_failure", tmp_path, monkeypatch) as driver:
        case_id = (await driver.announce())["case"]
        await closed(driver.engine.cases, case_id)
        driver.runs.due.clear()
        await reap(driver.engine, driver.runs, datetime(2026, 3, 3, tzinfo=UTC))
        assert await driver.engine.cases.open_claims() == []


async def test_an_item_named_in_two_parts_is_the_same_item(cases: Cases, runs: Runs) -> None:
    """The service and its command line take both; by the short name no job is found either (facts.jobs)."""
    await open_case(cases, runs, failure(0), NOW)
    short = ITEM_ID.replace("/VM;iaasvmcontainerv2;", "/VM;")
    assert (await open_case(cases, runs, failure(1, item_id=short), NOW))["how"] == "joined"


def test_two_manual_calls_in_one_instant_are_two_cases_and_each_keeps_its_id() -> None:
    call = Failure(ITEM_ID, NOW.isoformat(), "manual")
    calls = [
        call,
        replace(call, job="job-1"),
        replace(call, job="job-2"),
        replace(call, code="X"),
        replace(call, dry_run=True),
    ]
    assert len({one.case_id for one in calls}) == len(calls)
    assert all(Failure.from_json(one.to_json()).case_id == one.case_id for one in calls)


def test_an_alert_told_again_at_another_time_keeps_its_case_by_its_job() -> None:
    assert failure(0, job="job-1").case_id == failure(7, job="JOB-1").case_id
