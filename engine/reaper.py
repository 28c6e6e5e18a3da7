"""What dead runs still owe: claims without a run are adopted, leases and places without a case go back. Every five minutes."""

import logging
from asyncio import gather
from collections.abc import Awaitable
from datetime import datetime

from engine.case import Case, Failure
from engine.cases import Claim
from engine.claims import let_go
from engine.engine import Engine
from engine.leases import Lease
from engine.ports import Runs
from engine.telemetry import metrics, traces
from engine.telemetry.events import tell
from gateway.arm.errors import AzureError

ADOPTED, ASKING, AT_WORK = "adopted", "waits for a person", "at work"


async def reap(engine: Engine, runs: Runs, now: datetime) -> dict[str, int]:
    """Adopt and return what is due; one fault stops nothing else of the round. Answers how many of each."""
    leases, claims = await engine.leases.all(), await engine.cases.open_claims()
    returned = [await _settled(_return(engine, lease, now)) for lease in leases]
    others = [await _settled(engine.incidents.look(now)), await _settled(_free_places(engine))]
    adopted = await gather(*(_settled(_adopt(engine, runs, claim, now)) for claim in claims))
    for lease, back in zip(leases, returned, strict=True):
        if lease.over(now) and back is not True:
            tell("lease.overdue", logging.ERROR, lock=lease.lock.name, group=lease.group, deadline=lease.deadline)
    metrics.LEASES.set(len(leases) - returned.count(True))
    if not any(isinstance(one, Exception) for one in adopted):
        metrics.WAITING.set(adopted.count(ASKING))
    if faults := [fault for fault in (*returned, *others, *adopted) if isinstance(fault, Exception)]:
        raise ExceptionGroup("what the reaper could not do; all else was done", faults)
    return {"adopted": adopted.count(ADOPTED), "returned": returned.count(True)}


async def _settled[T](work: Awaitable[T]) -> T | Exception:
    """The answer or the fault, so that the round goes on."""
    try:
        return await work
    except Exception as e:  # noqa: BLE001  (raised again at the end of the round)
        return e


async def _adopt(engine: Engine, runs: Runs, claim: Claim, now: datetime) -> str:
    """What the claim's case does. One without a live run is adopted: if closed it lets go, else it is started again."""
    got = await engine.cases.get(claim.case_id)
    if got is None:
        await engine.cases.add(Case.open(Failure(**claim.failure), now))
    elif got[0].closed:
        await let_go(engine.cases, claim.case_id)
        return ADOPTED
    if await runs.alive(claim.case_id):
        return ASKING if got is not None and got[0].phase == "ask" else AT_WORK
    await runs.start(claim.case_id)
    return ADOPTED


async def _return(engine: Engine, lease: Lease, now: datetime) -> bool:
    """Whether the lease was returned: past its deadline, or with nobody left at work who holds it."""
    working = [holder for holder in lease.holders if await _works(engine, holder)]
    if working and now < datetime.fromisoformat(lease.deadline):
        return False
    holder = (lease.holders or ("reaper",))[0]
    try:
        with traces.part(holder, "return_lease") if lease.holders else traces.work("return_lease"):
            return await engine.leases.give_back(lease, holder, now)
    except AzureError:
        return False  # the next round tries again; the lease row stays


async def _free_places(engine: Engine) -> None:
    """A place at work that a closed case still has: it was taken by a turn that outlived the case's close."""
    for pool, holder in await engine.slots.kept():
        if not await _works(engine, holder):
            await engine.slots.free(pool, holder)


async def _works(engine: Engine, case_id: str) -> bool:
    got = await engine.cases.get(case_id)
    return got is not None and not got[0].closed
