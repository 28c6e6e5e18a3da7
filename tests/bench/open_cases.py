"""What a thousand open cases cost the host: memory and threads. Each case waits for a machine that is being updated."""

import asyncio
from collections import Counter
from pathlib import Path

from tests.bench.alerts import alerts_of, eight_connections, post_all
from tests.bench.figures import Figure
from tests.bench.pieces import UNMETERED_SANDBOX, Served, product, simulated

WARM = 50
"""Cases opened before the first look, so that the SDK's import and its caches are not counted as the cases' cost."""
_MACHINE = """
[[machine]]
name = "vm-{number:04d}"
group = "rg-app-{group:02d}"
updating_minutes = 20160

[machine.failure]
code = "UserErrorVmProvisioningStateFailed"
alert = "A1b"
"""


async def open_cases(folder: Path, *, short: bool) -> list[Figure]:
    count = 100 if short else 1000
    world = folder / "updating_fleet.toml"
    machines = [_MACHINE.format(number=n, group=n % 20) for n in range(count + WARM)]
    world.write_text('title = "Machines that are being updated for two weeks"\n' + "".join(machines), encoding="utf-8")
    async with simulated(str(world), folder / "azure", module=UNMETERED_SANDBOX) as azure:
        bodies = await alerts_of(azure, count + WARM)
        async with product(azure, folder / "host") as host:
            fresh = host.rss_mib
            before = await _with_open(host, bodies[:WARM], WARM)
            after = await _with_open(host, bodies[WARM:], count + WARM)
    per_case = (after[0] - before[0]) * 1024 / count
    details = {"fresh_mib": fresh, "open_before": WARM, "open_after": count + WARM, "kib_a_case": per_case}
    what = f"c memory with {count} more open cases ({per_case:.1f} KiB a case)"
    return [
        Figure(what, after[0], before[0], "MiB", f"{WARM} open cases", details=details),
        Figure(f"c threads with {count} more open cases", after[1], before[1], "threads", f"{WARM} open cases"),
    ]


async def _with_open(host: Served, bodies: list[bytes], open_now: int) -> tuple[float, int]:
    """Resident MiB and threads once the alerts have become cases that wait, `open_now` in all."""
    async with eight_connections() as http:
        await post_all(http, f"{host.url}/api/alerts", host.key, bodies)
    await host.get("/admin/host/idle?seconds=240")
    running, listed = await asyncio.gather(host.get("/admin/host/status"), host.get("/api/health"))
    if listed["open_cases"] != open_now:
        raise RuntimeError(f"{listed['open_cases']} of {open_now} cases are open; {Counter(running['instances'])}")
    return host.rss_mib, host.process.num_threads()
