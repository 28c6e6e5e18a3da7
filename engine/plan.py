"""The plan: the steps chosen with their parameters, what each changes, its risk. Pure; it has a hash."""

import hashlib
import json
from typing import Any

from engine.case import Case
from engine.causes.contract import CAUSES
from engine.diagnose import UNKNOWN, Diagnosis
from engine.settings import Settings
from remediations.contract import REMEDIATIONS


def make_plan(case: Case, diagnosis: Diagnosis, settings: Settings) -> dict[str, Any]:
    """The plan of a diagnosed case; without steps where only a person can go on."""
    steps = [] if diagnosis.cause == UNKNOWN else CAUSES[diagnosis.cause].steps
    plan: dict[str, Any] = {
        "case": case.id,
        "cause": diagnosis.cause,
        "affects": list(diagnosis.verdict.affects),
        "steps": [
            {
                "fix": step.fix,
                "effect": REMEDIATIONS[step.fix].effect,
                "risk": str(REMEDIATIONS[step.fix].risk),
                "params": {**_limits(step.fix, settings), **step.params},
            }
            for step in steps
        ],
    }
    return {**plan, "hash": plan_hash(plan)}


def plan_hash(plan: dict[str, Any]) -> str:
    """sha256 of the plan without its hash; the same plan of the same case has the same hash whenever it is made."""
    bare = {name: value for name, value in plan.items() if name != "hash"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _limits(fix: str, settings: Settings) -> dict[str, Any]:
    if fix != "trigger_backup":
        return {}
    return {"on_demand_per_day": settings.on_demand_per_day, "retention_days": settings.on_demand_retention_days}


_NO_RUNBOOK = "No runbook covers this code yet; follow the service's recommendation."
_NO_CODE = (
    "No failed backup job is on the vault's list, so there is no code to go by. Look at the item's protection state and at "
    "its policy's schedule (was protection stopped or paused, is the vault reachable?), then back it up on demand."
)


def instructions(diagnosis: Diagnosis) -> str:
    """What a person should do where the engine cannot go on: the cause's words, the catalog's, and the service's own."""
    said = [diagnosis.verdict.instructions, diagnosis.runbook.guide if diagnosis.runbook else ""]
    first = next((text for text in said if text), _NO_RUNBOOK if diagnosis.code else _NO_CODE)
    errors = diagnosis.job.errors if diagnosis.job else ()
    own = [f"{e.message} {' '.join(e.recommendations)}".strip() for e in errors]
    return first + (f" Azure Backup says: {' '.join(own)}" if own else "")
