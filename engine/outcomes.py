"""What a case comes to, in one paragraph: why it failed, what was done to the machine, what proves the result. Pure."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from engine.case import Case
from gateway.arm import ids
from remediations.guest.scripts import PREFIX

_WORDS = {
    "lock.delete": "lifted the lock {names}",
    "lock.write": "returned the lock {names}",
    "backup.trigger": "triggered {count} on-demand backup(s)",
    "job.cancel": "cancelled the backup job {names}, which hung in its snapshot",
    "restore_point.delete": "deleted {count} overdue restore point(s) with a valid copy in the vault: {names}",
    "collection.delete": "deleted the restore point collection {names} with all its points, as was agreed to",
    "alert.close": "closed {count} alert(s)",
    "guest.probe": "looked inside the guest",
    "guest.run": "ran the script(s) {names} in the guest",
    "guest.clean_up": "removed the run command(s) again",
    "machine.reapply": "reapplied {names}",
    "machine.restart": "restarted {names}",
    "machine.redeploy": "redeployed {names}",
    "extension.delete": "removed the extension {names}, which the next backup reinstalls",
}

NAMED = 3
_ASKED = ("restore_point.delete", "collection.delete")


def summary(case: Case, changes: list[dict[str, Any]]) -> str:
    """For the engineer on call, who reads nothing else."""
    verdicts = case.diagnosis.get("verdicts") or ()
    why = verdicts[-1]["reason"] if verdicts else "no cause is known for this code"
    outcome, reason = case.outcome or case.ending["outcome"], case.ending["reason"]
    agreed = [f"Approved by {case.ask['who']}"] if case.ask.get("answer") == "approve" else []
    parts = [
        *failures(case),
        f"Cause: {case.cause or 'unknown'} ({why.rstrip('.')})",
        *agreed,
        f"Done: {done(changes)}",
        *filter(None, [case.ending.get("lent_on")]),
        f"Result: {outcome if reason.startswith(f'{case.cause}:') else f'{outcome}, {reason.rstrip(".")}'}",
    ]
    return ". ".join(parts) + "."


def seconds_to_diagnosis(case: Case) -> float | None:
    """From the first failure to the first cause that was named; None where none was."""
    return _seconds(case.diagnosis.get("first_failed_at"), case.diagnosis.get("first_at"))


def seconds_to_proof(case: Case) -> float | None:
    """From the first failure to the proof that backups work again; None where there is none."""
    return _seconds(case.diagnosis.get("first_failed_at") or case.told.fired_at, case.proof.get("proven"))


def _seconds(since: str | None, until: str | None) -> float | None:
    if not since or not until:
        return None
    return max(0.0, (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds())


def failures(case: Case) -> list[str]:
    """What failed first, and what came to light each time that a cause was mended."""
    codes = [*(one["code"] for one in case.before), case.code]
    said = [f"Backup of {case.machine} failed with {codes[0] or 'no code'}"]
    for one, code in zip(case.before, codes[1:], strict=True):
        said += [f"Cause: {one['cause']} ({one['reason'].rstrip('.')})", f"With that treated it failed with {code}"]
    return said


def done(changes: list[dict[str, Any]]) -> str:
    """The changes in words, in the order in which their kinds first came; what Azure refused is left out."""
    names: dict[str, list[str]] = defaultdict(list)
    for change in changes:
        if change["result"]["state"] != "refused":
            names[change["kind"]].append(ids.name(change["target"]))
    return "; ".join(_said(kind, of) for kind, of in names.items()) or "nothing was changed"


def _said(kind: str, names: list[str]) -> str:
    """What was asked of Azure more than once is told as asked: it may never have come about."""
    each = list(dict.fromkeys(names))
    if kind in _ASKED and len(names) > len(each):
        return f"asked Azure {len(names)} times to delete {_short(each)}"
    if kind == "guest.run":
        each = [name.removeprefix(PREFIX).rpartition("-")[0] or name for name in each]
    return _WORDS.get(kind, f"{kind}: {{names}}").format(names=_short(each), count=len(names))


def _short(names: list[str]) -> str:
    """The first few; the journal has them all."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
