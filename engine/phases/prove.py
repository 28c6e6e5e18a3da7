"""Prove: success is a completed job and a newer recovery point in the vault; without our changes it is `not needed`."""

from datetime import datetime, timedelta

from engine.case import GAVE_UP, NOT_NEEDED, REMEDIATED, VAULT_PENDING
from engine.desk import Desk
from engine.gate.waiting import leave_work
from engine.phases.diagnose import healed_by
from engine.prove import Proof, look_for_proof

VAULT_MAY_TAKE = timedelta(hours=48)
VAULT_LOOK_S = 3600.0
POINT_LOOK_S = 600.0


async def prove(desk: Desk) -> float | None:
    case, now = desk.case, desk.now
    await leave_work(desk)
    if case.proof.get("job_status", "Completed") != "Completed" and (later := await healed_by(desk)):
        case.proof_job = later  # the transfer of the first one failed; a backup after it completed
    proof = await look_for_proof(desk.facts, case.proof_job)
    _record(desk, proof)
    if proof.vaulted and proof.point:
        case.proof["proven"] = now.isoformat()
        changed = await desk.changes.last_change() is not None
        said = f"the backup job {proof.job.name} completed and the recovery point of {proof.point.time:%Y-%m-%d %H:%M} UTC is valid in the vault"
        case.end(now, REMEDIATED if changed else NOT_NEEDED, f"{said}{'; but ' + proof.weaker if proof.weaker else ''}")
        return None
    if now - datetime.fromisoformat(case.proof["since"]) <= VAULT_MAY_TAKE:
        case.note(now, "proof", VAULT_PENDING if proof.point else "no newer recovery point yet")
        return VAULT_LOOK_S if proof.point else POINT_LOOK_S
    _unproven(desk, proof)
    return None


def _record(desk: Desk, proof: Proof) -> None:
    point = proof.point
    desk.case.proof.setdefault("since", desk.now.isoformat())
    desk.case.proof |= {
        "job": proof.job.name,
        "job_status": proof.job.status,
        "job_end": proof.job.end.isoformat() if proof.job.end else "",
        "point": point.name if point else "",
        "point_time": point.time.isoformat() if point else "",
        "consistency": point.consistency if point else "",
        "tiers": point.tiers if point else {},
        "weaker": proof.weaker,
    }


def _unproven(desk: Desk, proof: Proof) -> None:
    if proof.point:
        said = f"the recovery point of {proof.point.time:%Y-%m-%d %H:%M} UTC is only a snapshot after 48 hours"
        desk.case.end(desk.now, VAULT_PENDING, said)
        return
    said = f"the job {proof.job.name} is {proof.job.status}, but no newer recovery point came in 48 hours"
    desk.case.end(desk.now, GAVE_UP, said)
