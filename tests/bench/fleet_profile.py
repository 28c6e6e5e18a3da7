"""Where the host's CPU time goes while it works through a fleet: cProfile around the host, summed by part."""

import os
import pstats
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.bench.fleet import measure_fleet
from tests.bench.pieces import PROFILED_HOST, make_folder

PARTS = (
    ("/site-packages/azure/functions/", "worker and durable SDK"),
    ("/site-packages/azure/durable_functions/", "worker and durable SDK"),
    ("/site-packages/azure_functions_runtime/", "worker and durable SDK"),
    ("/site-packages/durabletask/", "worker and durable SDK"),
    ("/site-packages/azure/", "Azure SDK pipeline"),
    ("/site-packages/opentelemetry/", "Azure SDK pipeline"),
    ("/site-packages/grpc/", "gRPC and protobuf"),
    ("/site-packages/google/", "gRPC and protobuf"),
    ("/site-packages/aiohttp/", "aiohttp"),
    ("/site-packages/yarl/", "aiohttp"),
    ("/site-packages/multidict/", "aiohttp"),
    ("/sandbox/host/", "local host"),
    ("/gateway/store/", "product: store"),
    ("/gateway/", "product: gateway"),
    ("/engine/", "product: engine"),
    ("/remediations/", "product: fixes"),
    ("/functions/", "product: functions"),
    ("importlib", "imports"),
    ("/asyncio/", "event loop"),
)
WAITS = ("method 'poll' of 'select.epoll'", "acquire' of '_thread.lock")

Entry = tuple[str, int, str]


async def profile_fleet(folder: Path, count: int) -> dict[str, Any]:
    """Shares of the host's busy time without quotas, and the functions that cost most by themselves."""
    make_folder(folder)
    written = os.environ["BENCH_PROFILE"] = str(folder / "host.prof")
    facts = await measure_fleet(folder / "profiled", count, metered=False, module=PROFILED_HOST)
    stats = pstats.Stats(written).stats  # type: ignore[attr-defined]
    own = {entry: found[2] for entry, found in stats.items() if not any(wait in entry[2] for wait in WAITS)}
    busy = sum(own.values())
    top = sorted(stats, key=lambda entry: own.get(entry, 0.0), reverse=True)[:15]
    deep = sorted((e for e in stats if _part(e).startswith("product")), key=lambda e: stats[e][3], reverse=True)[:25]
    return {
        "busy_s": busy,
        "wall_s": facts["seconds"],
        "shares": _shares(stats, own, busy),
        "top_self": {_name(e): f"{100 * own.get(e, 0.0) / busy:.1f} % ({stats[e][1]} calls)" for e in top},
        "top_product_nested": {_name(e): f"{100 * stats[e][3] / busy:.1f} % ({stats[e][1]} calls)" for e in deep},
    }


def _shares(stats: dict[Entry, Any], own: dict[Entry, float], busy: float) -> dict[str, float]:
    """Percent of the busy time by part; what a built-in costs goes to the parts that call it."""
    sums: dict[str, float] = defaultdict(float)
    for entry, seconds in own.items():
        if not _builtin(entry):
            sums[_part(entry)] += seconds
            continue
        for caller, given in stats[entry][4].items():
            sums[_part(caller)] += given[2]
    return {part: round(100 * spent / busy, 1) for part, spent in sorted(sums.items(), key=lambda one: -one[1])}


def _builtin(entry: Entry) -> bool:
    return entry[0] == "~"


def _part(entry: Entry) -> str:
    return next((part for mark, part in PARTS if mark in entry[0]), "other (stdlib)")


def _name(entry: Entry) -> str:
    return entry[2] if _builtin(entry) else f"{'/'.join(Path(entry[0]).parts[-2:])}:{entry[1]} {entry[2]}"
