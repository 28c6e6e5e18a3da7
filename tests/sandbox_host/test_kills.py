"""Real SIGKILLs at random moments, with hundreds of runs in flight."""

import asyncio
import random
from datetime import timedelta

import aiohttp

from .process import HostProcess
from .stub_clock import START, StubClock

LIVES_FED, LIVES_DRAINED = 16, 8
RUNS_AT_FIRST = 200


async def test_nothing_acknowledged_is_lost_over_two_dozen_kills(make_host, clock: StubClock) -> None:
    """Given runs and messages in flight, when the host is killed again and again, then all of them end, and right."""
    chance = random.Random(20260302)  # fixed, so that a failure can be looked at again
    async with make_host("--clock", clock.url, "--idle-jump", "--hold-jump", "--now", "now:source") as host:
        await host.start_flow("recorded_hops", {"hops": 6, "rest_s": 60}, "first", many=RUNS_AT_FIRST)
        acknowledged = [f"first-{number}" for number in range(RUNS_AT_FIRST)]
        for life in range(LIVES_FED):
            await _kill_while_fed(host, life, chance.randrange(1, 25), acknowledged)
        await _kill_while_drained(host, clock, chance)
        await _release(host)
        await _everything_ended_right(host, acknowledged)


async def _kill_while_fed(host: HostProcess, life: int, answers: int, acknowledged: list[str]) -> None:
    """Let six callers queue work at once; kill the host at that answer, in the middle of the others."""
    enough = asyncio.Event()

    async def feed(caller: int) -> None:
        for number in range(12):
            run, text = f"run-{life}-{caller}-{number}", f"text-{life}-{caller}-{number}"
            flow = {"flow": "recorded_hops", "input": {"hops": 6, "rest_s": 60}, "id": run}
            try:
                status, _ = await host.call("POST", "/api/alerts", [flow, text])
            except (OSError, aiohttp.ClientError):
                return
            assert status == 202
            acknowledged.extend((run, text))
            if len(acknowledged) >= target:
                enough.set()

    target = len(acknowledged) + 2 * answers
    feeding = [asyncio.create_task(feed(caller)) for caller in range(6)]
    await enough.wait()
    await host.kill()
    await asyncio.gather(*feeding)
    await host.start()


async def _kill_while_drained(host: HostProcess, clock: StubClock, chance: random.Random) -> None:
    """Let the clock go, so that hundreds of timers fire at once; kill the host in the middle of that."""
    for life in range(LIVES_DRAINED):
        await host.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(minutes=5)).isoformat()})
        if life == 0:
            await clock.moved.wait()
        for _ in range(chance.randrange(0, 12)):
            await host.admin("GET", "/admin/host/status")
        await host.kill()
        await host.start()


async def _release(host: HostProcess) -> None:
    await host.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(minutes=5)).isoformat()})
    await host.idle(30)


async def _everything_ended_right(host: HostProcess, acknowledged: list[str]) -> None:
    states = {state["id"]: state for state in await host.ask("list")}
    runs = [name for name in acknowledged if not name.startswith("text")]
    assert len(runs) > RUNS_AT_FIRST + 100
    for run in runs:
        assert states[run]["status"] == "COMPLETED", states[run]
        assert states[run]["output"] == {"total": 15}
    texts = {name for name in acknowledged if name.startswith("text")}
    assert texts <= {entry["text"] for entry in host.book("message")}
    assert (await host.idle())["queues"] == {}
