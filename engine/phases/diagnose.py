"""Diagnose: name the cause from evidence, and plan what would remove it."""

from dataclasses import replace
from datetime import datetime

from engine.decisions import APPROVE
from engine.desk import Desk
from engine.diagnose import UNKNOWN, Diagnosis, diagnose, evidence
from engine.gate.fleet import join
from engine.gate.guard import Held
from engine.plan import by_hand, hashed, instructions, make_plan
from engine.unknown_codes import note_unknown
from gateway.arm.errors import PASSING, AzureError
from remediations.backups.later_backups import candidate
from remediations.contract import REMEDIATIONS, Risk
from remediations.facts import Unknown
from remediations.guides.own_names import own_names


async def diagnose_case(desk: Desk) -> None:
    case = desk.case
    if case.ask.get("answer") == APPROVE and desk.engine.broken:
        raise Held(desk.engine.broken)  # a plan made now would not be the one that was approved
    found = await diagnose(desk.facts, case.told.code, case.tried)
    if found.passing is not None:
        raise found.passing
    _record(desk, found)
    await note_unknown(desk.engine.rows, desk.case, found, desk.now)
    await _count_for_incidents(desk)
    if found.job and (not case.told.job or case.told.trigger == "manual"):
        # the sweep will tell of the same failure by its job
        await desk.engine.cases.settle(replace(case.told, job=found.job.name, trigger="sweep"), case.id)
    if healed := await healed_by(desk):
        case.proof_job, case.phase = healed, "prove"
        case.note(desk.now, "healed", f"the backup job {healed} completed after the failure")
        return
    case.step, case.memo = 0, {}
    case.plan = make_plan(case, found, desk.engine.settings, desk.engine.policy.limits)
    if case.plan["steps"]:
        await _say_what_it_touches(desk)
    await join(desk, found.verdict)
    case.phase = "gate" if case.plan["steps"] else "guide"


def _record(desk: Desk, found: Diagnosis) -> None:
    case = desk.case
    case.code, case.cause = found.code, found.cause
    failed_at = found.job.start if found.job and found.job.start else datetime.fromisoformat(case.told.fired_at)
    said = {"at": desk.now.isoformat(), "failed_at": failed_at.isoformat()}
    first = {"first_at": said["at"], "first_failed_at": said["failed_at"]} if found.cause != UNKNOWN else {}
    first |= {name: case.diagnosis[name] for name in first if name in case.diagnosis}
    names = own_names(desk.facts)
    told = {"by_hand": by_hand(found, names), "guide": instructions(found, names)}
    case.diagnosis = {**found.to_json(), **said, **first, **told, "evidence": evidence(desk.facts, desk.now)}
    case.note(desk.now, "diagnosed", f"{found.cause}: {found.verdict.reason}")


async def _count_for_incidents(desk: Desk) -> None:
    """Once a case."""
    case = desk.case
    if case.region or not case.code or case.told.dry_run:
        return
    case.region = await _region(desk)
    if case.region:
        opened = datetime.fromisoformat(case.opened)  # a case that waited long for a quota is no sign of a new wave
        await desk.engine.incidents.saw(case.region, case.code, case.told.item_id or case.told.machine_id, opened)


async def _region(desk: Desk) -> str:
    """Where the machine is, else where its vault is, which is the same place; "" where neither can be read."""
    for read in (desk.facts.machine, desk.facts.vault):
        try:
            return (await read()).location
        except PASSING:
            raise
        except (AzureError, Unknown):
            continue
    return ""


async def healed_by(desk: Desk) -> str:
    """The name of a backup job that completed after the failure, "" where there is none."""
    if desk.case.cause in ("machine_gone", UNKNOWN) and not await desk.facts.backups():
        return ""
    job = await candidate(await desk.scene())
    return job.name if job is not None and job.status == "Completed" else ""


async def _say_what_it_touches(desk: Desk) -> None:
    """Every step names what it would touch as the world is now; data is named when it comes to that."""
    plan = desk.case.plan
    for number, step in enumerate(plan["steps"]):
        fix = REMEDIATIONS[step["fix"]]
        if number and fix.risk is Risk.DATA:
            continue
        step["touches"] = sorted(await fix.preview(await desk.scene_of(number)))
    desk.case.plan = hashed(plan)
