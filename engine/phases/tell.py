"""Tell: the Azure Monitor alerts of a proven case are closed, and at once those of the engine's own expected failure."""

from datetime import datetime, timedelta

from engine.case import NOT_NEEDED, REMEDIATED, Case
from engine.changes import OutsideFence
from engine.desk import Desk
from engine.gate.guard import Held
from engine.policy import Mode
from gateway.arm import ids
from gateway.arm.errors import PASSING, AzureError
from remediations.contract import Risk

TRIES = 10
AGAIN_S = 60.0
LATE = timedelta(days=1)
"""For how long after its end a case tries to close an alert that came late."""


async def tell(desk: Desk) -> float | None:
    """Close the alerts once backups are proven to work; an alert that cannot be closed never holds the case for long."""
    case = desk.case
    if _is_proven(case):
        tries = int(case.proof.get("told", 0)) + 1
        if not await _close_what_is_proven(desk) and tries < TRIES:
            case.proof["told"] = tries
            return AGAIN_S
    case.phase = "close"
    return None


async def tell_late(desk: Desk) -> float | None:
    """Close the alerts that told of a proven case after its end; where that has to be tried again, in how many seconds."""
    over = desk.now - datetime.fromisoformat(desk.case.closed) > LATE
    if over or not _is_proven(desk.case) or await _close_what_is_proven(desk):
        return None
    return AGAIN_S


def _is_proven(case: Case) -> bool:
    return case.ending.get("outcome") in (REMEDIATED, NOT_NEEDED) and bool(case.proof.get("point"))


async def _close_what_is_proven(desk: Desk) -> bool:
    """Whether nothing is left to try. A failure later than the proving backup is not healed by it: its alert stays."""
    try:
        return await _close_all(desk, await _alerts(desk, until=str(desk.case.proof.get("job_end") or "")))
    except PASSING as e:
        desk.case.note(desk.now, "alert", f"not closed yet: {e}")
        return False


async def quiet_own_alerts(desk: Desk) -> None:
    """A first backup that is expected to fail: the alert that Azure raises of it pages nobody for long."""
    for expected in desk.case.memo.get("own_failures", ()):
        await _close_all(desk, await _alerts(desk, job=str(expected)))


async def _alerts(desk: Desk, job: str = "", until: str = "") -> list[str]:
    """The alerts that told of this case and that joined it, or of one job; `until`: only those that fired by then."""
    own = {name: str(desk.case.failure.get(name) or "") for name in ("alert", "job", "fired_at")}
    joined = [one for one in await desk.engine.cases.alerts(desk.case.id) if not until or one["fired_at"] <= until]
    told = [one for one in (own, *joined) if one["alert"] and (not job or ids.same(one["job"], job))]
    return list(dict.fromkeys(one["alert"] for one in told))


async def _close_all(desk: Desk, alerts: list[str]) -> bool:
    """Whether nothing is left to try: each alert is closed, or was refused."""
    made = await desk.journal.changes()
    settled = {c["target"] for c in made if c["kind"] == "alert.close" and c["result"]["state"] != "unknown"}
    left = [alert for alert in alerts if alert not in settled]
    if not left or desk.case.told.dry_run or not await _may_change(desk):
        return True
    return all([await _close(desk, alert) for alert in left])


async def _may_change(desk: Desk) -> bool:
    """Where nothing may be changed no alert is closed either."""
    policy, place = desk.engine.policy, await desk.place()
    may_write = policy.permit("trigger_backup", Risk.BACKUP, place).mode >= Mode.APPROVE
    return may_write and not policy.refused(place)


async def _close(desk: Desk, alert: str) -> bool:
    try:
        await desk.changes.close_alert(alert)
    except PASSING as e:
        desk.case.note(desk.now, "alert", f"not closed yet: {e}")
        return False
    except (AzureError, Held, OutsideFence) as e:
        desk.case.note(desk.now, "alert", f"could not be closed: {e}")
    return True
