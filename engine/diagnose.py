"""From a code to a cause: the runbook's causes are examined in order, until one is confirmed or one is unknown."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import Any

from engine.catalog import CATALOG, Runbook
from engine.causes.contract import CAUSES, Verdict, ruled_out, unknown
from gateway.arm.errors import PASSING, AzureError, NotFound
from gateway.arm.model import Job
from remediations.facts import Facts, Unknown, Unprobed
from remediations.refusals import explain

UNKNOWN = "unknown"
NO_CAUSE = "no cause is known for this code"
_NO_ITEM = (
    "Check the id: `az backup item list -g <group of the vault> -v <vault> --backup-management-type AzureIaasVM --subscription "
    "<subscription>` lists the items of the vault. "
    "Where protection was removed with its data, nothing is left to heal: protect the machine again."
)
_NO_ERROR = (
    "Look at the job in the portal, which may say more than Azure Backup's API does, and at the machine's own guest agent "
    "log; then back the item up on demand: `<az backup protection backup-now>`."
)
_UNREAD = "Look at the failed job in the vault's list of backup jobs, and call again with its `code`."
TRIED = ruled_out("its steps were taken and did not help")
BEHIND_ANY_ERROR = ("lock_inherited", "backup_group_locked", "clean_up_denied")
"""What keeps Azure Backup from cleaning up ends in one code today and in another tomorrow: examined where a retry did not help."""
LOOKED_AT_ANYWAY = (
    *("item_soft_deleted", "machine_gone", "protection_stopped", "machine_offline", "machine_updating"),
    *("guest_agent_not_ready", "snapshot_extension_failed", "other_extension_failed"),
    *BEHIND_ANY_ERROR,
)
"""What is examined for a code that no runbook knows."""
KEPT_ITEMS = 3
"""Entries of a list that the evidence in the case row keeps; the count is always kept."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The named cause with every verdict on the way there. `passing`: a fact could not be read, and time may heal that.

    `unprobed`: only a look inside the guest can tell more. `further`: causes that were not examined, because one before them
    decided.
    """

    code: str
    cause: str
    verdicts: tuple[tuple[str, Verdict], ...]
    job: Job | None
    runbook: Runbook | None
    passing: AzureError | None = None
    unprobed: bool = False
    further: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The verdict that decided."""
        return self.verdicts[-1][1] if self.verdicts else unknown(NO_CAUSE)

    def to_json(self) -> dict[str, Any]:
        said = [{"cause": name, "says": v.says, "reason": v.reason} for name, v in self.verdicts]
        told = {"code": self.code, "cause": self.cause, "verdicts": said, "affects": list(self.verdict.affects)}
        return {**told, "further": list(self.further)}


async def diagnose(facts: Facts, told_code: str, tried: Sequence[str] = ()) -> Diagnosis:
    """Name the cause from evidence; `tried`: causes whose steps were taken and did not help.

    Raises what time heals only where the failure itself cannot be read.
    """
    job, unread = await _failed_job(facts)
    code = (job.code if job and job.code else told_code) or ""
    code, runbook = _dispatch(code, job)
    verdicts: list[tuple[str, Verdict]] = []
    passing: AzureError | None = None
    unprobed = False
    names = _causes(runbook)
    for name in names:
        verdict, trouble = (TRIED, None) if name in tried else await _examine(name, facts)
        passing = passing or (trouble if isinstance(trouble, PASSING) else None)
        unprobed = isinstance(trouble, Unprobed)
        verdicts.append((name, verdict))
        if verdict.says != "ruled out":
            break
    if verdicts and verdicts[-1][1].says == "unknown" and facts.unreadable:
        verdicts, trouble = await _look_behind(facts, verdicts)
        passing = passing or trouble
    met = {name for name, _ in verdicts}
    further = tuple(name for name in names if name not in met)
    if not code:
        verdicts.append((UNKNOWN, await _nothing_to_go_by(facts, job, unread)))
    elif runbook is None:
        verdicts, passing = await _look_around(facts, code)
    confirmed = bool(verdicts) and verdicts[-1][1].says == "confirmed"
    cause = verdicts[-1][0] if confirmed else UNKNOWN
    return Diagnosis(code, cause, tuple(verdicts), job, runbook, passing, unprobed, further)


def _causes(runbook: Runbook | None) -> tuple[str, ...]:
    """The runbook's causes; behind one that is named by exclusion those whose error may be told as any other."""
    if runbook is None:
        return ()
    names = list(runbook.causes)
    for at in [number for number, name in enumerate(names) if CAUSES[name].by_exclusion]:
        names[at + 1 : at + 1] = [name for name in BEHIND_ANY_ERROR if name not in names]
    return tuple(names)


async def _look(names: Sequence[str], facts: Facts) -> tuple[list[tuple[str, Verdict]], AzureError | None]:
    """What each of these causes says, and the first trouble that time may heal."""
    looked, passing = [], None
    for name in names:
        verdict, trouble = await _examine(name, facts)
        passing = passing or (trouble if isinstance(trouble, PASSING) else None)
        looked.append((name, verdict))
    return looked, passing


async def _look_behind(
    facts: Facts, verdicts: list[tuple[str, Verdict]]
) -> tuple[list[tuple[str, Verdict]], AzureError | None]:
    """Where the guest cannot be looked into: what may lie behind any error, and can be read without it."""
    known = {name for name, _ in verdicts}
    looked, passing = await _look([name for name in BEHIND_ANY_ERROR if name not in known], facts)
    found = [one for one in looked if one[1].says == "confirmed"][:1]
    rest = [one for one in looked if one not in found]
    return ([*verdicts, *rest, *found] if found else [*verdicts[:-1], *rest, verdicts[-1]]), passing


async def _look_around(facts: Facts, code: str) -> tuple[list[tuple[str, Verdict]], AzureError | None]:
    """For a code that no runbook knows: everything that can be read cheaply, for a person; nothing is planned from it."""
    looked, passing = await _look(LOOKED_AT_ANYWAY, facts)
    found = [(name, verdict) for name, verdict in looked if verdict.says == "confirmed"]
    untold = [f"{name.replace('_', ' ')} ({verdict.reason})" for name, verdict in looked if verdict.says == "unknown"]
    said = [f"found on the way: {'; '.join(verdict.reason for _, verdict in found)}"] if found else []
    said += [f"it could not be told whether: {'; '.join(untold)}"] if untold else []
    reason = f"no runbook knows the code {code}; {'; '.join(said) or 'nothing of the usual is wrong'}"
    advice = " ".join(_worth_trying(*one) for one in found)
    return [*looked, (UNKNOWN, Verdict("unknown", reason, advice))], passing


def _worth_trying(name: str, verdict: Verdict) -> str:
    return verdict.instructions or f"Worth treating: {name.replace('_', ' ')} ({CAUSES[name].meaning.rstrip('.')})."


async def _failed_job(facts: Facts) -> tuple[Job | None, AzureError | None]:
    """The job of the failure, where there is one, or why it cannot be read. Raises what time heals."""
    try:
        return await facts.failed_job(), None
    except PASSING:
        raise
    except Unknown:
        return None, None
    except AzureError as e:
        return None, e


async def _nothing_to_go_by(facts: Facts, job: Job | None, unread: AzureError | None) -> Verdict:
    """Why no code is known: the item is not there, its jobs cannot be read, none of them failed, or none says why."""
    if job:
        return Verdict("unknown", f"the failed job {job.name} names no error code", _NO_ERROR)
    try:
        await facts.item()
    except PASSING:
        raise
    except NotFound as e:
        return Verdict("unknown", f"there is no such protected item: {e}", _NO_ITEM)
    except AzureError as e:
        unread = unread or e
    if unread:
        return Verdict("unknown", f"the failed job could not be read: {unread}", explain(unread) or _UNREAD)
    return unknown("no failed backup job is on the vault's list")


def _dispatch(code: str, job: Job | None) -> tuple[str, Runbook | None]:
    """The runbook of the code, or of the inner error where the code only says that there is one."""
    runbook = CATALOG.find(code) if code else None
    if runbook is None or not runbook.inner or job is None:
        return code, runbook
    beside = (CATALOG.find(error.code) for error in job.errors[1:])
    more = next((one for one in beside if one is not None and not one.inner), None)
    inner = CATALOG.inner_code([job.dynamic_message, *(e.message for e in job.errors)])
    return code, more or CATALOG.find(inner) or runbook


async def _examine(name: str, facts: Facts) -> tuple[Verdict, Exception | None]:
    """One cause's verdict; a fact that could not be read makes it unknown, and why comes with it."""
    try:
        return await CAUSES[name].examine(facts), None
    except AzureError as e:
        return unknown(f"could not be read: {e}"), e
    except Unknown as e:
        return unknown(str(e)), e


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
