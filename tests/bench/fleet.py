"""The whole engine on the local host: a fleet of locked groups, from the alerts to the triggered backups."""

import asyncio
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.alerts import alerts_of, eight_connections, post_all
from tests.bench.figures import Figure
from tests.bench.lock_deletion import LATENCY_MS
from tests.bench.pieces import HOST, SANDBOX, UNMETERED_SANDBOX, Served, product, simulated

RIVAL_S = 9.9
"""The best rival's bare deletion of 200 locks, without evidence or fence; a figure given, not measured here."""
STEP = timedelta(seconds=100)
"""How far the simulated clock may jump before it is looked whether all backups are triggered."""
GIVEN_UP_S = 120.0
"""Real seconds after which no further step begins."""
REFILL = 25
"""Reads a second that Resource Manager grants a subscription once its bucket of 250 is empty (azure-facts, D)."""


async def work_through_fleet(folder: Path, plain_s: float, *, short: bool) -> list[Figure]:
    """Without Azure's request quotas, then with them (not in short), against the rival's figure and the plain script of this run."""
    figures: list[Figure] = []
    for quotas in (False,) if short else (False, True):
        found = await measure_fleet(folder / f"fleet-{quotas}", 5 if short else 200, metered=quotas)
        figures += _paced(found) if quotas else _judged(found, plain_s, "without quotas", short)
    return figures


def _paced(found: dict[str, Any]) -> list[Figure]:
    """Under Azure's quotas the figure is simulated time: at one instant nothing overlaps while the clock jumps."""
    triggered, gave_up = found["changes"].get("backup.trigger", 0), found["outcomes"].get("gave up", 0)
    what = f"d2 simulated time with quotas: {triggered}/{found['alerts']} triggered, {found['throttled']} answered 429"
    least, goal = found["requests"] / REFILL, "all, and no case gives up"
    met = found["complete"] and not gave_up
    return [Figure(what, found["simulated_s"], least, "s", "25 requests a second", goal, met, found)]


def _judged(found: dict[str, Any], plain_s: float, quotas: str, short: bool) -> list[Figure]:
    seconds = found["seconds"]
    done = f"{found['changes'].get('backup.trigger', 0)}/{found['alerts']} backups triggered"
    done += "" if found["complete"] else ", STOPPED THERE"
    asked = f"{found['requests']} requests, {found['throttled']} answered 429"
    figures = [
        Figure(what, seconds, other, "s", against, goal, None if short else found["complete"] and seconds < other)
        for what, other, against, goal in (
            (f"d2 whole engine {quotas}: {done}", RIVAL_S, "rival's bare deletion, as given", f"< {RIVAL_S:g} s"),
            (f"d2 the same: {asked}", plain_s, "plain SDK script", "ratio < 1"),
        )
    ]
    cpu = ((f"d2 CPU of the {who}, {quotas}", found[f"{who}_cpu_s"]) for who in ("host", "sandbox"))
    figures += [Figure(what, spent, seconds, "s", "wall time") for what, spent in cpu]
    return [replace(figures[0], details=found), *figures[1:]]


async def measure_fleet(folder: Path, count: int, *, metered: bool, module: str = HOST) -> dict[str, Any]:
    """Post `count` alerts at one simulated instant and take the time until as many backups are triggered."""
    sandbox = SANDBOX if metered else UNMETERED_SANDBOX
    latency = 0 if metered else LATENCY_MS
    async with simulated(f"locked_fleet:{count}", folder / "azure", latency, sandbox) as azure:
        bodies = await alerts_of(azure, count)
        start = datetime.fromisoformat((await azure.get("/_sandbox/clock"))["now"])
        async with product(azure, folder / "host", module) as host, eight_connections() as http:
            host.cpu_before, azure.cpu_before, began = host.cpu_s, azure.cpu_s, time.perf_counter()
            taken = await post_all(http, f"{host.url}/api/alerts", host.key, bodies)
            accepted_s = time.perf_counter() - began
            await host.get("/admin/host/idle?seconds=300")
            first_turns_s = time.perf_counter() - began
            complete = await _until_triggered(azure, host, start, count)
            seconds = time.perf_counter() - began
            facts = {
                "alerts": count,
                "complete": complete,
                "seconds": seconds,
                "accepted_s": accepted_s,
                "slowest_alert_s": max(taken),
                "first_turns_s": first_turns_s,
                "host_cpu_s": host.cpu_s - host.cpu_before,
                "sandbox_cpu_s": azure.cpu_s - azure.cpu_before,
                "host_rss_mib": host.rss_mib,
            }
            return {**facts, **await _told(azure, host, start)}


async def _until_triggered(azure: Served, host: Served, start: datetime, count: int) -> bool:
    """Let simulated time jump, a step at a time, until `count` backups are triggered; False where that never comes."""
    clock = asyncio.get_running_loop().time
    end, step = clock() + GIVEN_UP_S, 0
    while clock() < end:
        step += 1
        await host.post("/admin/host/release-jump", {"until": (start + step * STEP).isoformat()})
        await host.get("/admin/host/idle?seconds=300")
        kinds = Counter(change["kind"] for change in await azure.get("/_sandbox/changes"))
        if kinds["backup.trigger"] >= count:
            return True
    return False


async def _told(azure: Served, host: Served, start: datetime) -> dict[str, Any]:
    """What the sandbox's logs and the host's own figures say of the run."""
    requests, changes = await asyncio.gather(azure.get("/_sandbox/requests"), azure.get("/_sandbox/changes"))
    now = datetime.fromisoformat((await azure.get("/_sandbox/clock"))["now"])
    kinds = Counter(f"{r['method']} {_kind(r['path'])} {r['status']}" for r in requests)
    return {
        "requests": len(requests),
        "throttled": sum(1 for r in requests if r["status"] == 429),
        "changes": dict(Counter(change["kind"] for change in changes)),
        "simulated_s": (now - start).total_seconds(),
        "jumps": (await host.get("/admin/host/status"))["jumps"],
        "requests_by_kind": dict(kinds.most_common()),
        "outcomes": dict(
            Counter(case["outcome"] or "open" for case in (await host.get("/api/cases?limit=1000"))["cases"])
        ),
        "cases": dict(Counter(_where(case) for case in (await host.get("/api/cases?limit=1000"))["cases"])),
    }


def _kind(path: str) -> str:
    """The path without the names in it: what was asked, not of whom."""
    words = re.split(r"/", path.strip("/"))
    return "/".join(words[-1:] if len(words) % 2 else words[-2:-1])


def _where(case: dict[str, Any]) -> str:
    """Where a case stands, without names and numbers."""
    text = f"{case['cause']} / {case['phase']} / {case['outcome'] or 'open'} / {case['reason'] or case['step']}"
    return re.sub(r"\S*\d\S*", "#", text)[:160]
