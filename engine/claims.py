"""One hand per item: a failure opens a case, or joins the one that is at work."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.case import NOT_NEEDED, REMEDIATED, VAULT_PENDING, Case, Failure
from engine.cases import Cases
from engine.ports import Runs
from gateway.store.rows import Conflict, StoreUnavailable

TRIES = 20
"""How often a join is tried against a claim row that others change at the same time."""


async def open_case(cases: Cases, runs: Runs, failure: Failure, now: datetime) -> dict[str, Any]:
    """Open a case for the failure, or join it to the item's open case; may be called any number of times for one failure.

    Answers `{"case": id, "how": "opened" | "joined" | "repeat"}`.
    """
    known = await cases.get(failure.case_id)
    ended = failure.case_id if known and known[0].closed else await cases.settled_by(failure)
    if ended or (known and known[0].failure != failure.to_json()):
        await _note_repeat(cases, failure, ended or failure.case_id, now)
    if ended:
        # whenever it fired, it tells of a failure that is over: the closed case closes it too, if it has proof
        if await cases.add_alert(ended, replace(failure, fired_at="")):
            await runs.start(ended)
        return {"case": ended, "how": "repeat"}
    for _ in range(TRIES):
        if await cases.claim(failure):
            await cases.add(Case.open(failure, now))
            await cases.add_alert(failure.case_id, failure)
            await runs.start(failure.case_id)
            opened = await cases.get(failure.case_id)
            if opened and opened[0].failure != failure.to_json():  # another telling came first, at the same instant
                await _note_repeat(cases, failure, failure.case_id, now)
            return {"case": failure.case_id, "how": "opened"}
        held = await cases.holder(failure.item_key)
        if held and await cases.join(held, failure):
            if failure.case_id in {Failure(**told).case_id for told in held.joined if told != failure.to_json()}:
                await _note_repeat(cases, failure, held.case_id, now)
            await cases.add_alert(held.case_id, failure)
            await wake(runs, held.case_id)
            return {"case": held.case_id, "how": "joined"}
    raise StoreUnavailable(f"the claim of {failure.item_id} changed {TRIES} times while a failure wanted to join it")


async def _note_repeat(cases: Cases, failure: Failure, case_id: str, now: datetime) -> None:
    """Record that a failure which the case knows was told again."""
    repeat = {"case": case_id, "fired_at": failure.fired_at, "told_by": failure.told_by}
    await cases.record(now, "repeat", f"{failure.case_id}|{failure.fired_at}|{failure.told_by}", repeat)


async def wake(runs: Runs, case_id: str) -> None:
    """Wake the case's run; one that is gone is started again."""
    if await runs.alive(case_id):
        await runs.wake(case_id)
    else:
        await runs.start(case_id)


async def let_go(cases: Cases, case_id: str) -> None:
    """Delete a closed case's claim; a failure that joined and that the ending does not cover takes the claim over.

    What joined is stored with the case first. The case of an uncovered failure is started by the reaper, which adopts
    every open claim without a run.
    """
    for _ in range(TRIES):
        got = await cases.get(case_id)
        claim = await cases.holder(got[0].told.item_key) if got else None
        if got is None or claim is None or claim.case_id != case_id:
            return
        case, row = got
        if case.joined != list(claim.joined):
            case.joined, case.joined_count = list(claim.joined), claim.joined_count
            try:
                await cases.save(case, row)
            except Conflict:
                continue
        newer = _uncovered(case, claim.joined)
        for told in claim.joined:
            if newer is None or Failure(**told).case_id != newer.case_id:
                await cases.settle(Failure(**told), case_id)
        if newer is None and await cases.unclaim(claim):
            return
        if newer is not None and await cases.hand_over(claim, newer):
            await cases.add(Case.open(newer, datetime.fromisoformat(case.closed)))
            return
    raise StoreUnavailable(f"the claim of case {case_id} changed {TRIES} times while it was let go")


def _uncovered(case: Case, joined: tuple[dict[str, Any], ...]) -> Failure | None:
    """The newest joined failure that happened after the backup that proved the case; None without such a proof."""
    proved_at = case.proof.get("job_end") if case.outcome in (REMEDIATED, NOT_NEEDED, VAULT_PENDING) else ""
    if not proved_at:
        return None
    later = [Failure(**told) for told in joined if told["fired_at"] > proved_at]
    return later[-1] if later else None
