"""From a code to a cause: the runbook's causes are examined in order, until one is confirmed or one is unknown."""

from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import Any

from engine.catalog import CATALOG, Runbook
from engine.causes.contract import CAUSES, Verdict, unknown
from gateway.arm.errors import PASSING, AzureError
from gateway.arm.model import Job
from remediations.facts import Facts, Unknown

UNKNOWN = "unknown"
KEPT_ITEMS = 3
"""Entries of a list that the evidence in the case row keeps; the count is always kept."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The named cause with every verdict on the way there. `passing`: a fact could not be read, and time may heal that."""

    code: str
    cause: str
    verdicts: tuple[tuple[str, Verdict], ...]
    job: Job | None
    runbook: Runbook | None
    passing: AzureError | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict that decided."""
        return self.verdicts[-1][1] if self.verdicts else unknown("no cause is known for this code")

    def to_json(self) -> dict[str, Any]:
        said = [{"cause": name, "says": v.says, "reason": v.reason} for name, v in self.verdicts]
        return {"code": self.code, "cause": self.cause, "verdicts": said, "affects": list(self.verdict.affects)}


async def diagnose(facts: Facts, told_code: str) -> Diagnosis:
    """Name the cause from evidence. Raises what time heals only where the failure itself cannot be read."""
    job = await _failed_job(facts)
    code = (job.code if job and job.code else told_code) or ""
    code, runbook = _dispatch(code, job)
    verdicts: list[tuple[str, Verdict]] = []
    passing: AzureError | None = None
    for name in runbook.causes if runbook else ():
        verdict, trouble = await _examine(name, facts)
        passing = passing or trouble
        verdicts.append((name, verdict))
        if verdict.says != "ruled out":
            break
    confirmed = bool(verdicts) and verdicts[-1][1].says == "confirmed"
    return Diagnosis(code, verdicts[-1][0] if confirmed else UNKNOWN, tuple(verdicts), job, runbook, passing)


async def _failed_job(facts: Facts) -> Job | None:
    try:
        return await facts.failed_job()
    except Unknown:
        return None
    except AzureError as e:
        if isinstance(e, PASSING):
            raise
        return None


def _dispatch(code: str, job: Job | None) -> tuple[str, Runbook | None]:
    """The runbook of the code, or of the inner error where the code only says that there is one."""
    runbook = CATALOG.find(code) if code else None
    if runbook and runbook.inner and job:
        inner = CATALOG.inner_code([job.dynamic_message, *(e.message for e in job.errors)])
        if inner:
            return code, CATALOG.find(inner)
    return code, runbook


async def _examine(name: str, facts: Facts) -> tuple[Verdict, AzureError | None]:
    """One cause's verdict; a fact that could not be read makes it unknown."""
    try:
        return await CAUSES[name].examine(facts), None
    except PASSING as e:
        return unknown(f"could not be read: {e}"), e
    except AzureError as e:
        return unknown(f"could not be read: {e}"), None
    except Unknown as e:
        return unknown(str(e)), None


def evidence(facts: Facts, now: datetime) -> list[dict[str, Any]]:
    """What was read in this turn, for the record: name, when, and the fact in short."""
    return [{"fact": name, "read_at": now.isoformat(), "value": brief(value)} for name, value in facts.known().items()]


def brief(value: Any) -> Any:
    """A fact as JSON, with long lists cut to their first entries and their length."""
    if isinstance(value, Exception):
        return {"unreadable": str(value)}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: brief(part) for name, part in asdict(value).items() if name != "poll"}
    if isinstance(value, dict):
        return {str(name): brief(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        short = [brief(part) for part in value[:KEPT_ITEMS]]
        return short if len(value) <= KEPT_ITEMS else [*short, f"and {len(value) - KEPT_ITEMS} more"]
    return value.isoformat() if isinstance(value, datetime) else value
