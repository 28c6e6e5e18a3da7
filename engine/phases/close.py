"""Close: record the outcome, and what it says for the next case; the claim goes once that is stored."""

from datetime import timedelta

from engine.case import NOT_NEEDED, REMEDIATED, VAULT_PENDING
from engine.desk import Desk
from engine.fleets import BAD, GONE
from engine.fleets import GOOD as FLEET_GOOD
from engine.journal import LOOKS
from engine.outcomes import summary
from engine.telemetry.events import tell
from gateway.arm.ids import ItemId
from remediations.contract import REMEDIATIONS, Risk

GOOD = (REMEDIATED, NOT_NEEDED, VAULT_PENDING)


async def close(desk: Desk) -> None:
    case = desk.case
    changes = await desk.journal.changes()
    await _remember(desk, changes)
    outcome = case.ending["outcome"]
    about = "an unknown date" if case.recurs_about == "unknown" else case.recurs_about
    case.outcome = f"{outcome}, recurs about {about}" if about else outcome
    case.ending["summary"] = summary(case, changes)
    await desk.engine.reports.note(case)
    case.closed = desk.now.isoformat()


async def _tell_breaker(desk: Desk, fix: str, vault: str) -> None:
    limits = desk.engine.policy.limits
    failed = await desk.engine.track.failures_in_a_row(fix, vault, desk.now - timedelta(hours=limits.breaker_hours))
    if failed >= limits.breaker_failures:
        tell("breaker.open", fix=fix, vault=vault, failures=failed, case=desk.case.id)


async def _remember(desk: Desk, changes: list[dict[str, object]]) -> None:
    """How each fix that changed something fared in this vault, and what became of a canary."""
    case, track = desk.case, desk.engine.track
    if not case.told.item_id:
        return
    vault, good = ItemId.parse(case.told.item_id).vault_id, case.ending["outcome"] in GOOD
    await track.end_attempt(case.told.item_key, case.id, desk.now)
    used = {str(change["fix"]) for change in changes if change.get("fix") and change["kind"] not in LOOKS}
    if case.fleet:
        state = (FLEET_GOOD if good else BAD) if used else GONE
        await desk.engine.fleets.settle(case.fleet["id"], case.id, state)
    for fix in sorted(used):
        await track.add_result(fix, vault, case.id, good, desk.now)
        if not good:
            await _tell_breaker(desk, fix, vault)
    for fix in (name for name, one in REMEDIATIONS.items() if one.risk is Risk.DATA):
        state = ("proven" if good else "failed") if fix in used else "gone"
        await track.settle_canary(fix, vault, case.id, state, desk.now)
