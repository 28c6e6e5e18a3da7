"""The gateway alone lifts the locks of one subscription, against a plain script on the synchronous SDK."""

import asyncio
import os
import statistics
import time
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.arm.clients import Clients
from gateway.arm.reads import Reads
from gateway.arm.starts import Starts
from tests.bench.figures import Figure
from tests.bench.pieces import Served, simulated

if TYPE_CHECKING:
    from collections.abc import Iterator

LATENCY_MS = 50
"""What each ARM request takes on top of its own work."""
GOAL_S = 1.0


async def lift_locks(folder: Path, *, short: bool) -> tuple[Figure, float]:
    """The comparison, and the plain script's seconds."""
    count, runs = (5, 1) if short else (200, 3)
    ours = [await _with_gateway(folder / f"gateway{n}", count) for n in range(runs)]
    plain_s, plain_requests = await _plainly(folder / "plain", count)
    seconds, requests = statistics.median(one[0] for one in ours), ours[0][1]
    goal = f"<= {GOAL_S:g} s, {count + 1} requests"
    met = None if short else seconds <= GOAL_S and all(one[1] == count + 1 for one in ours)
    details = {
        "locks": count,
        "runs_s": [one[0] for one in ours],
        "our_cpu_s": [one[2] for one in ours],
        "sandbox_cpu_s": [one[3] for one in ours],
        "requests": requests,
        "plain_requests": plain_requests,
    }
    what = f"d1 list and delete {count} locks ({requests} requests)"
    return Figure(what, seconds, plain_s, "s", "plain SDK script", goal, met, details), plain_s


async def _with_gateway(folder: Path, count: int) -> tuple[float, int, float, float]:
    """Seconds, ARM requests, our CPU seconds, the sandbox's CPU seconds."""
    async with simulated(f"locked_fleet:{count}", folder, LATENCY_MS) as azure:
        subscription = (await azure.get("/_sandbox/world"))["subscription"]
        with _identity_of(azure):
            clients = Clients(azure.url)
            reads, starts = Reads(clients), Starts(clients)
            clients.locks(subscription)  # the SDK's import is not what is measured
            cpu, sandbox_cpu, began = time.process_time(), azure.cpu_s, time.perf_counter()
            locks = await reads.locks(subscription, await _now(azure))
            await asyncio.gather(*(starts.delete_lock(lock) for lock in locks))
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
            sandbox_cpu = azure.cpu_s - sandbox_cpu
            await clients.close()
        return seconds, await _checked_requests(azure, count), cpu, sandbox_cpu


async def _plainly(folder: Path, count: int) -> tuple[float, int]:
    """Seconds and ARM requests of the script that an administrator would write first."""
    async with simulated(f"locked_fleet:{count}", folder, LATENCY_MS) as azure:
        subscription = (await azure.get("/_sandbox/world"))["subscription"]
        with _identity_of(azure):
            seconds = await asyncio.to_thread(_plain_script, azure.url, subscription)
        return seconds, await _checked_requests(azure, count)


def _plain_script(url: str, subscription: str) -> float:
    from azure.identity import ManagedIdentityCredential
    from azure.mgmt.resource.locks import ManagementLockClient

    scopes = ["https://management.azure.com/.default"]
    http: dict[str, Any] = {"enforce_https": False}  # the sandbox speaks plain HTTP on loopback
    with ManagementLockClient(
        ManagedIdentityCredential(), subscription, base_url=url, credential_scopes=scopes
    ) as client:
        began = time.perf_counter()
        for lock in list(client.management_locks.list_at_subscription_level(**http)):
            scope = str(lock.id).split("/providers/Microsoft.Authorization/locks/")[0]
            client.management_locks.delete_by_scope(scope.lstrip("/"), str(lock.name), **http)
        return time.perf_counter() - began


async def _checked_requests(azure: Served, count: int) -> int:
    """How many ARM requests were made; every lock must be gone."""
    gone = [change for change in await azure.get("/_sandbox/changes") if change["kind"] == "lock.delete"]
    if len(gone) != count or await azure.get("/_sandbox/locks"):
        raise RuntimeError(f"{len(gone)} of {count} locks were deleted")
    return len(await azure.get("/_sandbox/requests"))


async def _now(azure: Served) -> datetime:
    return datetime.fromisoformat((await azure.get("/_sandbox/clock"))["now"])


@contextmanager
def _identity_of(azure: Served) -> "Iterator[None]":
    """This process signs in as the sandbox's managed identity."""
    names = {"IDENTITY_ENDPOINT": "identity_endpoint", "IDENTITY_HEADER": "identity_header"}
    os.environ.update({name: azure.piece.ready[key] for name, key in names.items()})
    try:
        yield
    finally:
        for name in names:
            os.environ.pop(name, None)
