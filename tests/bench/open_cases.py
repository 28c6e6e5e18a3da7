"""What a thousand open cases cost the host: memory and threads. Each case waits for a machine that is being updated."""

import asyncio
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import linear_regression

from tests.bench.alerts import alerts_of, eight_connections, post_all
from tests.bench.figures import Figure
from tests.bench.pieces import UNMETERED_SANDBOX, Served, product, simulated

WARM, WARM_SHORT = 300, 20
"""Cases opened before the first look. The SDK's import leaves about 65 MiB that are given back at one moment somewhere
between 100 and 150 cases; counted before that, cases would seem to cost less than nothing."""
LOOKS = 4
FALLS_MIB = 1.0
"""A fall of the memory between two looks by more than this says that no cost of a case can be told."""
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
    """Memory is looked at as the cases grow in number, so that a look that is not like the others is seen."""
    count, warm = (40, WARM_SHORT) if short else (1000, WARM)
    marks = [warm + count * look // LOOKS for look in range(LOOKS + 1)]
    world = _write_world(folder / "updating_fleet.toml", marks[-1])
    async with simulated(str(world), folder / "azure", module=UNMETERED_SANDBOX) as azure:
        bodies = await alerts_of(azure, marks[-1])
        async with product(azure, folder / "host") as host:
            fresh = host.rss_mib
            pairs = zip([0, *marks], marks, strict=False)
            looks = [await _with_open(host, bodies[old:new], new) for old, new in pairs]
    return _told(count, marks, fresh, looks)


def _told(count: int, marks: list[int], fresh: float, looks: list[tuple[float, int]]) -> list[Figure]:
    sizes = [size for size, _ in looks]
    steady = all(after > before - FALLS_MIB for before, after in pairwise(sizes))
    per_case = linear_regression(marks, sizes).slope * 1024
    details = {"fresh_mib": fresh, "open": marks, "rss_mib": sizes, "steady": steady, "kib_a_case": per_case}
    cost = f"{per_case:.1f} KiB a case" if steady else "not steady: no cost a case can be told"
    against = f"{marks[0]} open cases"
    return [
        Figure(f"c memory with {count} more open cases ({cost})", sizes[-1], sizes[0], "MiB", against, details=details),
        Figure(f"c threads with {count} more open cases", looks[-1][1], looks[0][1], "threads", against),
    ]


def _write_world(path: Path, count: int) -> Path:
    machines = [_MACHINE.format(number=n, group=n % 20) for n in range(count)]
    path.write_text('title = "Machines that are being updated for two weeks"\n' + "".join(machines), encoding="utf-8")
    return path


async def _with_open(host: Served, bodies: list[bytes], open_now: int) -> tuple[float, int]:
    """Resident MiB and threads once the alerts have become cases that wait, `open_now` in all."""
    async with eight_connections() as http:
        await post_all(http, f"{host.url}/api/alerts", host.key, bodies)
    await host.get("/admin/host/idle?seconds=240")
    running, listed = await asyncio.gather(host.get("/admin/host/status"), host.get("/api/health"))
    if listed["open_cases"] != open_now:
        raise RuntimeError(f"{listed['open_cases']} of {open_now} cases are open; {Counter(running['instances'])}")
    return host.rss_mib, host.process.num_threads()
