"""`python -m tests.matrix.dry [--worlds a,b]`: where nothing may be changed, the request log holds no write at all.

Every world is run as a dry run, in observe and in plan mode, with the switch and with the setting off; at once, and
late, when what heals by itself has healed. It is run in `auto` too: what it sends there shows that there was something.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from sandbox.world_files import names
from tests.matrix.dry_run import WAYS, Seen, watch


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the matrix."""

    world: str
    way: str
    late: bool

    def __str__(self) -> str:
        return f"{self.world}, {self.way}{', late' if self.late else ''}"


def planned(worlds: tuple[str, ...]) -> list[Run]:
    return [Run(world, way, late) for world in worlds for way in WAYS for late in (False, True)]


def seen(run: Run) -> Seen:
    return watch(run.world, run.way, run.late)


def complaints(runs: dict[Run, Seen]) -> list[str]:
    """Each run that sent a write where none may go."""
    return [f"{run}: {'; '.join(saw.writes)}" for run, saw in runs.items() if run.way != "auto" and saw.writes]


def matrix(worlds: tuple[str, ...]) -> dict[Run, Seen]:
    every = planned(worlds)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(every, pool.map(seen, every), strict=True))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.dry")
    parser.add_argument("--worlds", type=lambda text: tuple(text.split(",")), default=tuple(names()))
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    runs = matrix(chosen.worlds)
    wrong = complaints(runs)
    for line in wrong:
        print(line)
    dry = {run: saw for run, saw in runs.items() if run.way != "auto"}
    wrote = sum(len(saw.writes) for run, saw in runs.items() if run.way == "auto")
    asked, took = sum(saw.requests for saw in dry.values()), time.monotonic() - began
    print(
        f"dry: {len(dry)} runs of {len(chosen.worlds)} worlds, {asked} requests, {len(wrong)} runs with a write "
        f"(in auto the same worlds: {wrote} writes and changes); {took:.0f} s"
    )
    return 1 if wrong or not wrote else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
