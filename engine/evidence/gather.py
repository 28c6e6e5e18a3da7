"""One case whole, as one JSON object: what happened, why, what was changed, who agreed, what proves it, what is still owed.

Complete, or it says in `cut` what is missing. It holds no secret: what looks like a signature or a token is blacked out.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from engine.case import TIMELINE_KEPT, Case
from engine.catalog import CATALOG
from engine.causes.contract import CAUSES
from engine.decisions import Decisions
from engine.engine import Engine
from engine.journal import Journal
from engine.leases import ALL, TABLE, return_command
from engine.outcomes import done, failures
from gateway.arm import ids
from gateway.arm.model import Lock

JOURNAL_KEPT = 5000 // 2
"""Changes that the journal is sure to read back: it reads 5,000 rows, and each change has an intent and a result."""
DECISIONS_KEPT = 1000
_SECRET = re.compile(
    # The signature of a poll address (samples C01, C21), of a storage address, of a function key.
    r"""(?P<kept>[?&](?:t|c|s|h|sig|signature|code|token|access_token)=)[^&\s"'<>]{16,}"""
    r"""|(?P<named>(?:AccountKey|SharedAccessKey|client_secret|password)\s*=\s*)[^;&\s"'<>]{8,}"""
    r"""|(?P<bearer>Bearer\s+)[\w.~+/=-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*""",
    re.IGNORECASE,
)


async def evidence_of(engine: Engine, case_id: str) -> dict[str, Any] | None:
    """Everything on record about the case; None where there is no such case. Reads the store only, never Azure."""
    got = await engine.cases.get(case_id)
    if got is None:
        return None
    case, _ = got
    changes = await Journal(engine.rows, case.id).changes()
    decisions = [answer.to_json() for answer in await Decisions(engine.rows).all(case.id)]
    joined, joined_count = await _joined(engine, case)
    leases = await _leases(engine, case)
    found = {
        "case": _case(case, changes),
        "cause": _cause(case),
        "plan": {**case.plan, "step": case.step} if case.plan else {},
        "permits": case.permits,
        "ask": case.ask,
        "changes": [{**change, "undo": undo(change, leases)} for change in changes],
        "decisions": decisions,
        "proof": case.proof,
        "leases": leases,
        "facts": case.diagnosis.get("evidence") or [],
        "timeline": case.timeline,
        "joined": joined,
        "failure": case.failure,
        "cut": _cut(case, len(changes), len(decisions), len(joined), joined_count),
    }
    return _blacked(found)  # type: ignore[no-any-return]


async def lent(engine: Engine, now: datetime) -> list[dict[str, Any]]:
    """Every lock that is out at this moment, the first due first, with the command that returns it."""
    leases = sorted(await engine.leases.all(), key=lambda lease: lease.deadline)
    return [{**_lease(lease.row.value), "overdue": lease.over(now)} for lease in leases]


def undo(change: dict[str, Any], leases: Sequence[dict[str, Any]] = ()) -> str:
    """How a person undoes the change: an `az` command where there is one, else what is true of it."""
    kind, before = change["kind"], change["before"]
    if change["result"]["state"] == "refused":
        return "Nothing to undo: Azure refused it"
    if back := next((one["returned"] for one in leases if _returned(one, change)), ""):
        return f"Nothing to undo: the lock was returned at {back}"
    if said := before.get("return_with") or before.get("undo"):
        return str(said)
    if kind == "backup.trigger":
        return f"Nothing to undo: what the job may bring expires at {before.get('expiry', 'the end of its retention')}"
    return _UNDO.get(kind, "How to undo it is not on record")


def _returned(lease: dict[str, Any], change: dict[str, Any]) -> bool:
    """Whether the change lifted the lease's lock, which is back in its place."""
    lifted = change["kind"] == "lock.delete" and ids.same(lease["lock"]["id"], change["target"])
    return lifted and lease["state"] == "returned" and not lease["note"]


_UNDO = {
    "lock.write": "Nothing to undo: this gave back what was lifted",
    "job.cancel": "Cannot be undone: the job has ended without a recovery point; a new backup takes its place",
    "restore_point.delete": "Cannot be undone: the snapshot is gone; its copy in the vault remains",
    "collection.delete": "Cannot be undone: the snapshots are gone; what can still be restored are the vault's recovery points",
    "extension.delete": "Nothing to undo: the next backup installs it again",
    "guest.probe": "Nothing to undo: it only read",
    "guest.run": "Nothing to undo",
    "guest.clean_up": "Nothing to undo: it removed our own run command",
    "machine.reapply": "Nothing to undo: the machine's own model was applied again",
    "machine.restart": "Nothing to undo: the machine has restarted",
    "machine.redeploy": "Cannot be undone: the machine moved to another host and restarted",
    "alert.close": "Set the alert back to `New` in Azure Monitor",
}


def _case(case: Case, changes: list[dict[str, Any]]) -> dict[str, Any]:
    told, last = case.told, case.timeline[-1] if case.timeline else {"at": case.opened}
    runbook = CATALOG.find(case.code) if case.code else None
    return {
        "id": case.id,
        "kind": case.kind,
        "machine": case.machine,
        "item": told.item_id,
        "region": case.region,
        "code": case.code,
        "before": case.before,
        "title": runbook.title if runbook else "",
        "source": runbook.source if runbook else "",
        "trigger": told.trigger,
        "told_by": told.told_by,
        "fired_at": told.fired_at,
        "dry_run": told.dry_run,
        "opened": case.opened,
        "closed": case.closed,
        "phase": case.phase,
        "due": case.due,
        "as_of": case.closed or last.get("until") or last["at"],
        "outcome": case.outcome or case.ending.get("outcome", ""),
        "reason": case.ending.get("reason", ""),
        "instructions": case.ending.get("instructions", "")
        or ("" if case.closed else case.diagnosis.get("advice", "")),
        "recurs_about": case.recurs_about,
        "summary": case.ending.get("summary") or _so_far(case, changes),
    }


def _so_far(case: Case, changes: list[dict[str, Any]]) -> str:
    """The summary of a case that is still open."""
    verdicts = case.diagnosis.get("verdicts") or ()
    why = f" ({verdicts[-1]['reason'].rstrip('.')})" if verdicts else ""
    cause = f"Cause: {case.cause}{why}. " if case.cause else "The cause is not named yet. "
    failed = "".join(f"{said}. " for said in failures(case))
    return f"{failed}{cause}Done so far: {done(changes)}. The case is still open."


def _cause(case: Case) -> dict[str, Any]:
    known = CAUSES.get(case.cause)
    return {
        "name": case.cause,
        "meaning": known.meaning if known else "",
        "failed_at": case.diagnosis.get("failed_at", ""),
        "verdicts": case.diagnosis.get("verdicts") or [],
        "affects": case.diagnosis.get("affects") or [],
    }


async def _joined(engine: Engine, case: Case) -> tuple[list[dict[str, Any]], int]:
    """The failures that joined and how many there were; while a case is open, its claim holds them."""
    if case.closed or not (case.told.item_id or case.told.machine_id):
        return case.joined, case.joined_count if not case.kind else 0
    claim = await engine.cases.holder(case.told.item_key)
    mine = claim is not None and claim.case_id == case.id
    return (list(claim.joined), claim.joined_count) if claim and mine else (case.joined, case.joined_count)


async def _leases(engine: Engine, case: Case) -> list[dict[str, Any]]:
    """The leases that the case took or joined; not one of the same lock that a later case took anew."""
    rows = await engine.rows.scan(TABLE, limit=ALL)
    return [_lease(row.value) for row in rows if case.id in (*row.value["holders"], *row.value.get("by", ()))]


_LEASE = ("group", "state", "taken", "deadline", "returned", "note", "leave_off")


def _lease(value: dict[str, Any]) -> dict[str, Any]:
    told = {name: value.get(name, "") for name in _LEASE}
    command = return_command(Lock.from_json(value["lock"]), value["group"])
    return {"lock": value["lock"], "holders": value["holders"], **told, "return_with": command}


def _cut(case: Case, changes: int, decisions: int, joined: int, joined_count: int) -> list[str]:
    """What is on record elsewhere only, or no more."""
    said = []
    if case.diagnosis.get("evidence"):
        said.append(
            "Lists inside a fact are cut to their first entries; each such list ends with how many more there were."
        )
    if len(case.timeline) >= TIMELINE_KEPT:
        said.append(
            f"The timeline keeps its first entry and its newest {TIMELINE_KEPT - 1}; what lay between is dropped."
        )
    if joined < joined_count:
        said.append(f"{joined_count - joined} more failure(s) joined this case and were counted only.")
    if changes >= JOURNAL_KEPT:
        said.append(f"Of more than {JOURNAL_KEPT} changes the later ones may be missing here; the journal has them.")
    if decisions >= DECISIONS_KEPT:
        said.append(f"Of more than {DECISIONS_KEPT} decisions the later ones may be missing here.")
    return said


def _blacked(value: Any) -> Any:
    """The same with what looks like a signature, a key or a token blacked out."""
    if isinstance(value, str):
        return _SECRET.sub(lambda m: f"{m['kept'] or m['named'] or m['bearer'] or ''}REDACTED", value)
    if isinstance(value, dict):
        return {name: _blacked(part) for name, part in value.items()}
    return [_blacked(part) for part in value] if isinstance(value, (list, tuple)) else value
