"""`python -m tests.bench [a b c d] [--short] [--profile]`: measure, print one table, write .bench/report.json."""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from sandbox.demo.pieces import ROOT
from tests.bench.acceptance import acceptance
from tests.bench.figures import Figure, table, write_report
from tests.bench.fleet import work_through_fleet
from tests.bench.fleet_profile import profile_fleet
from tests.bench.import_time import import_time
from tests.bench.lock_deletion import lift_locks
from tests.bench.open_cases import open_cases

REPORT = ROOT / ".bench" / "report.json"


async def fleet_of_locks(folder: Path, *, short: bool) -> list[Figure]:
    """The gateway alone, the plain script and the whole engine on the same locks, in one run."""
    gateway, plain_s = await lift_locks(folder, short=short)
    return [gateway, *await work_through_fleet(folder, plain_s, short=short)]


PARTS = {"a": acceptance, "b": import_time, "c": open_cases, "d": fleet_of_locks}


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all by default")
    parser.add_argument("--short", action="store_true", help="a small version: shows that it runs, judges no goal")
    parser.add_argument("--profile", action="store_true", help="profile the host at work on the fleet, and print it")
    parser.add_argument("--report", type=Path, default=REPORT)
    return parser.parse_args(argv)


async def measure(parts: list[str], *, short: bool) -> list[Figure]:
    figures: list[Figure] = []
    for name in parts or PARTS:
        print(f"measuring {name} ...", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            figures += await PARTS[name](Path(folder), short=short)
    return figures


async def profile(short: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(await profile_fleet(Path(folder), 20 if short else 200), indent=1))


def main() -> None:
    chosen = arguments()
    if chosen.profile:
        asyncio.run(profile(chosen.short))
        return
    began = time.perf_counter()
    figures = asyncio.run(measure(chosen.parts, short=chosen.short))
    seconds = time.perf_counter() - began
    write_report(figures, seconds, chosen.report)
    print(f"\n{table(figures)}\n\n{seconds:.0f} s in all; details in {chosen.report.name}")
    for figure in figures:
        if modules := figure.details.get("ours_by_module_ms"):
            print("costliest imports of ours, ms: " + "; ".join(f"{name} ({cost})" for name, cost in modules.items()))


if __name__ == "__main__":
    main()
