"""Prints the figures of the local host: `python -m tests.sandbox_host.measure`. Not a test."""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import psutil

from tests.sandbox_host.process import HostProcess
from tests.sandbox_host.stub_clock import START, StubClock


async def throughput(folder: Path, runs: int = 400) -> None:
    host = await HostProcess(folder / "throughput").start(spawn=True)
    async with host:
        print(f"ready after {host.seconds_to_ready:.2f} s")
        for flow in ("hops", "ahops"):
            began = time.perf_counter()
            await host.start_flow(flow, {"hops": 5}, flow, many=runs)
            facts = await host.idle(60)
            seconds = time.perf_counter() - began
            print(f"{flow}: {runs} orchestrations of 5 activities, started one by one: {runs / seconds:.0f}/s")
            assert facts["instances"] == {"completed": runs * (1 if flow == "hops" else 2)}, facts


async def pending(folder: Path, count: int = 10_000) -> None:
    host = await HostProcess(folder / "pending").start(spawn=True)
    async with host:
        began = time.perf_counter()
        for part in range(10):
            await host.start_flow("waiter", {"wait_s": 86_400}, f"w{part}", many=count // 10)
        facts = await host.idle(120)
        process = psutil.Process(host.ready["pid"])
        size = process.memory_info().rss / 2**20
        print(f"{facts['instances']} after {time.perf_counter() - began:.1f} s: "
              f"{process.num_threads()} threads, {size:.0f} MB")  # fmt: skip
        await host.kill()
        await host.start(spawn=True)
        print(f"ready again after a kill: {host.seconds_to_ready:.2f} s")


async def loop(folder: Path) -> None:
    clock = StubClock()
    await clock.start()
    arguments = ("--clock", clock.url, "--idle-jump", "--hold-jump", "--now", "now:source")
    async with HostProcess(folder / "loop", "full", *arguments) as host:
        await host.start_flow("turner", {"left": 2016, "every": 50}, "week")
        began = time.perf_counter()
        await host.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(days=8)).isoformat()})
        facts = await host.idle(120)
        seconds = time.perf_counter() - began
        print(f"2,016 turns of five minutes, continuing as new every 50: {seconds:.1f} s, {facts['jumps']} jumps")
        assert facts["instances"] == {"completed": 1}, facts
    await clock.stop()


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for measure in (throughput, pending, loop):
            await measure(Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
