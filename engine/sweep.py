"""The look at everything: what failed without an alert, and what has no recent recovery point though nothing failed.

Azure sends no alert where the machine was deleted or where another backup runs (azure-facts 0.2).
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine.case import GAVE_UP, Failure
from engine.engine import Engine
from gateway.arm import ids
from gateway.arm.errors import AzureError
from gateway.arm.parse import time
from remediations.backups.schedule import rpo

FAILED_JOBS = """recoveryservicesresources
| where type =~ 'microsoft.recoveryservices/vaults/backupjobs'
| where properties.backupManagementType =~ 'AzureIaasVM' and properties.operation =~ 'Backup'
| where properties.status in~ ('Failed', 'CompletedWithWarnings') and todatetime(properties.endTime) > datetime({since})
| project id, name, container = tostring(properties.containerName), start = tostring(properties.startTime)
| order by id asc"""

RUNNING_JOBS = """recoveryservicesresources
| where type =~ 'microsoft.recoveryservices/vaults/backupjobs'
| where properties.backupManagementType =~ 'AzureIaasVM' and properties.operation =~ 'Backup'
| where properties.status in~ ('InProgress', 'Cancelling')
| project id, name, container = tostring(properties.containerName), start = tostring(properties.startTime)
| order by id asc"""

PROTECTED = """recoveryservicesresources
| where type =~ 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems'
| where properties.backupManagementType =~ 'AzureIaasVM' and properties.protectionState in~ ('Protected', 'ProtectionError', 'IRPending')
| where isempty(tostring(properties.lastRecoveryPoint)) or todatetime(properties.lastRecoveryPoint) < datetime({before})
| project id, machine = tostring(properties.sourceResourceId), policy = tostring(properties.policyId), last = tostring(properties.lastRecoveryPoint)
| order by id asc"""

CONFIGURED = """recoveryservicesresources
| where type =~ 'microsoft.recoveryservices/vaults/backupjobs'
| where properties.backupManagementType =~ 'AzureIaasVM' and properties.operation =~ 'ConfigureBackup'
| project id, name, container = tostring(properties.containerName), start = tostring(properties.startTime)
| order by id asc"""

JOBS_KEPT = timedelta(days=14)
"""How long Resource Graph shows a job (azure-facts, D): an item whose protection no job shows was set up before that."""
LOOK_BACK = timedelta(hours=26)
"""The last day and the time a sweep may be late; by a job's end, for a transfer may fail long after its start."""
LEAST_RPO = timedelta(hours=6)
"""No policy runs more often than every four hours; items with a newer point need no closer look."""


async def sweep(engine: Engine, now: datetime) -> list[Failure]:
    """The failures that no case knows yet, oldest first, a bounded number at a time (SWEEP_MAX_CASES)."""
    await engine.slots.sweep_up(now)
    subscriptions = engine.settings.subscriptions
    if not subscriptions:
        return []
    found = [f async for f in _failed(engine, subscriptions, now)]
    told = {f.item_key for f in found} | {f.item_key async for f in _told_by(engine, subscriptions, RUNNING_JOBS)}
    found += [f async for f in _silent(engine, subscriptions, now) if f.item_key not in told]
    ordered = sorted(found, key=lambda f: f.fired_at)
    new = [again for failure in ordered if (again := await _to_open(engine, failure, now))]
    most = engine.settings.sweep_max_cases
    if new[most:]:
        left = [f.item_id for f in new[most:]]
        await engine.cases.record(
            now, "sweep", now.isoformat(), {"reason": "left for the next sweep", "items": left[:200]}
        )
    return new[:most]


async def _failed(engine: Engine, subscriptions: tuple[str, ...], now: datetime) -> AsyncIterator[Failure]:
    since = (now - LOOK_BACK).strftime("%Y-%m-%dT%H:%M:%SZ")
    newest: dict[str, Failure] = {}
    async for row in engine.reads.query(subscriptions, FAILED_JOBS.format(since=since)):
        failure = _of_job(row)
        if failure and (failure.item_key not in newest or failure.fired_at > newest[failure.item_key].fired_at):
            newest[failure.item_key] = failure
    for failure in newest.values():
        yield failure


async def _told_by(engine: Engine, subscriptions: tuple[str, ...], query: str) -> AsyncIterator[Failure]:
    """The items of the jobs that a query finds, each at its job's start."""
    async for row in engine.reads.query(subscriptions, query):
        if item := _of_job(row):
            yield item


def _of_job(row: dict[str, Any]) -> Failure | None:
    container, vault, at = str(row.get("container") or ""), _vault(str(row["id"])), time(row["start"])
    if not container.casefold().startswith("iaasvmcontainerv2;") or at is None:
        return None
    item = ids.vm_item_id(vault, container)
    return Failure(item, at.isoformat(), "sweep", job=str(row["name"]), told_by="sweep: a failed job")


def _vault(job_id: str) -> str:
    return job_id[: job_id.casefold().index("/backupjobs/")]


async def _silent(engine: Engine, subscriptions: tuple[str, ...], now: datetime) -> AsyncIterator[Failure]:
    """Items whose newest recovery point is older than their policy's RPO; an unknown schedule says nothing.

    One that was never backed up is as old as its protection.
    """
    before = (now - LEAST_RPO).strftime("%Y-%m-%dT%H:%M:%SZ")
    allowed: dict[str, timedelta | None] = {}
    set_up = {f.item_key: time(f.fired_at) async for f in _told_by(engine, subscriptions, CONFIGURED)}
    async for row in engine.reads.query(subscriptions, PROTECTED.format(before=before)):
        policy, last = str(row.get("policy") or ""), time(row.get("last"))
        if policy and policy not in allowed:
            allowed[policy] = await _rpo(engine, policy, now)
        limit = allowed.get(policy)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
        machine = str(row.get("machine") or "")
        silent = Failure(str(row["id"]), today, "sweep", machine_id=machine, told_by="sweep: no recent recovery point")
        last = last or set_up.get(silent.item_key) or now - JOBS_KEPT
        if limit is not None and now - last > limit:
            yield silent


async def _rpo(engine: Engine, policy: str, now: datetime) -> timedelta | None:
    """The policy's RPO; None where it is not known, so that its items are left for another night."""
    try:
        return rpo(await engine.reads.policy(policy, now))
    except AzureError:
        return None


async def _to_open(engine: Engine, failure: Failure, now: datetime) -> Failure | None:
    """The failure to open a case for; None where one works on this item, or has seen this failure to its end.

    A case that gave up on a failing Azure is no end: the failure is told again as of now.
    """
    if await engine.cases.holder(failure.item_key):
        return None
    if await engine.cases.settled_by(failure):
        return None
    seen = await engine.cases.get(failure.case_id)
    if seen is None:
        return failure
    if seen[0].outcome != GAVE_UP:
        return None
    return replace(failure, job="", fired_at=now.isoformat(), told_by="sweep: the last case gave up")
