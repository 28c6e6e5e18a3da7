"""The plan: the steps chosen with their parameters, what each changes, its risk. Pure; it has a hash."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from engine.case import Case
from engine.causes.contract import CAUSES, Step
from engine.diagnose import UNKNOWN, Diagnosis
from engine.policy import Limits
from engine.settings import Settings
from gateway.arm import ids
from remediations.contract import REMEDIATIONS, NeedsApproval, Risk
from remediations.guides.own_names import with_names

LOOK_INSIDE = (Step("probe_guest"),)
"""The plan where no cause is named yet and only the guest can tell."""


def make_plan(case: Case, diagnosis: Diagnosis, settings: Settings, limits: Limits) -> dict[str, Any]:
    """The plan of a diagnosed case; without steps where only a person can go on.

    `affects`: machines that share what is changed. A step's `touches` names what it would change as the world is now; it is
    filled in before the plan is judged. `from`: the step from which on a person is asked.
    """
    steps = CAUSES[diagnosis.cause].steps if diagnosis.cause != UNKNOWN else LOOK_INSIDE if diagnosis.unprobed else ()
    plan: dict[str, Any] = {
        "case": case.id,
        "cause": diagnosis.cause,
        "affects": list(diagnosis.verdict.affects),
        "from": 0,
        "asks": "",
        "steps": [_step(step, settings, limits) for step in steps],
    }
    return hashed(plan)


def _step(step: Step, settings: Settings, limits: Limits) -> dict[str, Any]:
    fix = REMEDIATIONS[step.fix]
    params = {**_limits(step.fix, settings, limits), **step.params}
    return {"fix": step.fix, "effect": fix.effect, "risk": str(fix.risk), "params": params, "touches": []}


def for_all(plan: dict[str, Any], others: list[Any]) -> dict[str, Any]:
    """The plan as it is asked about for many: with the other cases, their machines, and what each step touches there."""
    return hashed({**plan, "fleet": others}) if others else plan


def asked_from(plan: dict[str, Any], number: int, asks: NeedsApproval) -> dict[str, Any]:
    """The plan with a question about one of its steps: why a person decides, and what exactly the step would touch."""
    step = plan["steps"][number]
    told = {"effect": asks.effect or step["effect"], "touches": sorted(asks.touches)}
    changed = {**step, **told, "params": {**step["params"], **asks.params}}
    steps = [changed if at == number else other for at, other in enumerate(plan["steps"])]
    refused = {"if_refused": asks.if_refused} if asks.if_refused else {}
    return hashed({**plan, **refused, "from": number, "asks": asks.what, "steps": steps})


def hashed(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with its hash."""
    return {**plan, "hash": plan_hash(plan)}


def plan_hash(plan: dict[str, Any]) -> str:
    """sha256 of the plan without its hash; the same plan of the same case has the same hash whenever it is made."""
    bare = {name: value for name, value in plan.items() if name != "hash"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def told(plan: dict[str, Any]) -> str:
    """The plan in words: each step from where it is asked about, with what it would touch, and which of them are fallbacks."""
    first, data = plan["from"], str(Risk.DATA)
    said, fallback = [], False
    for number, step in enumerate(plan["steps"][first:], first):
        again = number > first and step["risk"] == data
        fallback = fallback or again
        when = " only if that does not help:" if again else " then:" if fallback else ""
        asks = "; this is asked for again, point by point" if again else ""
        said.append(f"{number + 1}.{when} {step['effect'].rstrip('.')}{_named(step['touches'])}{asks}")
    shared = f" Machines that share it: {', '.join(ids.name(m) for m in plan['affects'])}." if plan["affects"] else ""
    return f"{'; '.join(said)}.{shared}{_for_all(plan)}"


def _for_all(plan: dict[str, Any]) -> str:
    names = [machine for _, machine, _ in plan.get("fleet", ())]
    if not names:
        return ""
    return f" The same for {len(names)} more machine(s) with this cause, in growing batches once this one is healed: {', '.join(names)}."


def _named(touches: list[str]) -> str:
    """The names, each group's together."""
    groups: dict[str, list[str]] = defaultdict(list)
    for touched in touches:
        groups[ids.group(touched)].append(ids.name(touched))
    named = [f"{', '.join(names)}{f' in {group}' if group else ''}" for group, names in groups.items()]
    return f" ({'; '.join(named)})" if named else ""


def _limits(fix: str, settings: Settings, limits: Limits) -> dict[str, Any]:
    if fix == "trigger_backup":
        return {"on_demand_per_day": settings.on_demand_per_day, "retention_days": settings.on_demand_retention_days}
    if fix == "remove_backup_group_locks":
        return {"second_lift_days": limits.second_lift_days}
    return {}


_NO_RUNBOOK = "No runbook covers this code yet; follow the service's recommendation."
_NO_CODE = (
    "No failed backup job is on the vault's list, so there is no code to go by. Look at the item's protection state and at "
    "its policy's schedule (was protection stopped or paused, is the vault reachable?), then back it up on demand: "
    "`<az backup protection backup-now>`."
)
TOLD_BY_AZURE = "told_by_azure"
"""The cause whose evidence is the service's own text."""
SERVICE_MOST = 800
"""Characters of the service's words; the job in the vault holds them all."""
_SERVICE = "Azure Backup says"
_SERVICE_IN_GENERAL = "Azure Backup's general text for this code, which may not fit here"


def by_hand(diagnosis: Diagnosis, names: Mapping[str, str]) -> str:
    """What a person would do about the cause; the catalog's words where none is named, "" where nobody has any.

    `names`: the case's own, for what a text that was written beforehand leaves open.
    """
    guide = diagnosis.runbook.guide if diagnosis.runbook else ""
    only_by_hand = diagnosis.cause == UNKNOWN or not CAUSES[diagnosis.cause].steps
    return with_names(diagnosis.verdict.instructions or (guide if only_by_hand else ""), names)


def instructions(diagnosis: Diagnosis, names: Mapping[str, str]) -> str:
    """What a person should do where the engine cannot go on: the cause's words, the catalog's, and the service's own."""
    guide = diagnosis.runbook.guide if diagnosis.runbook else ""
    first = by_hand(diagnosis, names) or with_names(guide or ("" if diagnosis.code else _NO_CODE), names)
    if diagnosis.code and diagnosis.runbook is None:
        first = f"{_NO_RUNBOOK} {first}".strip()
    return f"{first} {_service_says(diagnosis)}".strip()


def _service_says(diagnosis: Diagnosis) -> str:
    """The service's own words: one text for a code, whatever its cause; beside a cause that evidence named it may mislead."""
    errors = diagnosis.job.errors if diagnosis.job else ()
    own = " ".join(f"{e.message} {' '.join(e.recommendations)}".strip() for e in errors)
    if not own:
        return ""
    short = own if len(own) <= SERVICE_MOST else f"{own[:SERVICE_MOST].rpartition(' ')[0]} ..."
    return f"{_SERVICE if diagnosis.cause in (UNKNOWN, TOLD_BY_AZURE) else _SERVICE_IN_GENERAL}: {short}"
