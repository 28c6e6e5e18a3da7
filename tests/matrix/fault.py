"""`python -m tests.matrix.fault [--worlds a,b] [--kinds 429,500] [--sample N | --whole] [--seed S]`: one fault a run.

First each world runs undisturbed and its requests are counted. Then one run for every request and every kind of fault.
`--sample N` takes N of them for each world. Worlds of more than `FEW` requests, which are many alike machines, are sampled
unless `--whole` is said: that takes three times as long. What a run may and may not come to is told in `fault_judge`.
"""

import argparse
import os
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from sandbox.arm.faults import KINDS
from sandbox.world_files import names
from tests.matrix.fault_judge import complaints
from tests.matrix.fault_run import Ended, Fault, play

FEW = 250
"""Requests of a world up to which each of them is struck; beyond, `SAMPLED` runs of the world are drawn."""
SAMPLED = 150
EVERY = -1


def planned(world: str, requests: int, kinds: tuple[str, ...], sample: int, seed: int) -> list[Fault]:
    """Every request under every kind, or a seeded draw from them."""
    every = [Fault(world, n, kind) for n in range(1, requests + 1) for kind in kinds]
    if sample == EVERY or (not sample and requests <= FEW):
        return every
    count = sample or SAMPLED
    return random.Random(f"{seed} {world}").sample(every, min(count, len(every)))


def judged(fault: Fault, clean: Ended) -> list[str]:
    """What is wrong with the run under this fault. A run that breaks is a complaint, not the end of the matrix."""
    try:
        run = play(fault.world, fault)
    except Exception as e:  # noqa: BLE001
        return [f"{fault}: {type(e).__name__}: {e}"]
    wrong = complaints(clean, run)
    return [f"{fault} ({run.struck}): {'; '.join(wrong)}\n{run.told}"] if wrong else []


def matrix(worlds: list[str], kinds: tuple[str, ...], sample: int, seed: int) -> tuple[int, int, list[str]]:
    """How many runs there were, of how many there could be, and every complaint."""
    runs, wrong = 0, []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        clean = dict(zip(worlds, pool.map(play, worlds), strict=True))
        wrong += [f"{world} undisturbed: {said}" for world in worlds for said in complaints(clean[world], clean[world])]
        faults = [f for world in worlds for f in planned(world, len(clean[world].log), kinds, sample, seed)]
        could = sum(len(clean[world].log) for world in worlds) * len(kinds)
        for done in as_completed([pool.submit(judged, fault, clean[fault.world]) for fault in faults]):
            runs += 1
            wrong += _tell(done.result())
            if runs % 500 == 0:
                _tell([f"  {runs} of {len(faults)} runs, {len(wrong)} wrong"])
    return runs, could, wrong


def _tell(lines: list[str]) -> list[str]:
    """Print at once what is worth knowing before the end of a long matrix."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)
    return lines


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.fault")
    parser.add_argument("--worlds", type=_listed, default=tuple(names()))
    parser.add_argument("--kinds", type=_listed, default=KINDS)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--whole", dest="sample", action="store_const", const=EVERY)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    runs, could, wrong = matrix(list(chosen.worlds), chosen.kinds, chosen.sample, chosen.seed)
    print(
        f"fault matrix: {runs} of {could} runs (one request of {len(chosen.worlds)} worlds x one of {len(chosen.kinds)} faults; "
        f"{'each of them' if chosen.sample == EVERY else f'worlds of more than {FEW} requests are sampled'}), "
        f"{len(wrong)} wrong; {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong or not runs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
