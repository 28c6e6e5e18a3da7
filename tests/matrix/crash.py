"""The crash matrix: `python -m tests.matrix.crash [--worlds a,b] [--every N] [--seed S] [--jobs J] [--kill W:K:N:S]`.

Plays each world once for every ARM request and every store write it makes, before and after it, and kills the host there.
"""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.matrix.crash_kills import KINDS, Kill, Ran, Unbroken, every
from tests.matrix.crash_lanes import Lanes, lanes
from tests.matrix.crash_worlds import WORLDS

PROGRESS_EVERY = 50


def main() -> int:
    options = _options()
    try:
        with lanes(options.jobs) as opened:
            return _play(opened, options)
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        print(missing, file=sys.stderr)
        return 1


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.matrix.crash", description="Kill the host at every request of a run.")
    parser.add_argument("--worlds", default=",".join(WORLDS), help="names, with commas between them (all)")
    parser.add_argument("--every", type=int, default=1, help="only every N-th request (1)")
    parser.add_argument("--seed", type=int, default=0, help="where to begin with --every (0)")
    parser.add_argument("--jobs", type=int, default=2, help="runs at once (2)")
    parser.add_argument("--kill", type=Kill.read, help="only this one, as a failure names it")
    return parser.parse_args()


def _play(opened: Lanes, options: Namespace) -> int:
    began = time.monotonic()
    worlds = [options.kill.world] if options.kill else options.worlds.split(",")
    unbroken = opened.unbroken(worlds)
    kills = [options.kill] if options.kill else [k for one in unbroken for k in every(one, options.every, options.seed)]
    _tell_unbroken(unbroken, len(kills))
    ran = []
    for one in opened.killed(kills, unbroken):
        ran.append(one)
        _tell(one, len(ran), len(kills), time.monotonic() - began)
    print(closing_line(unbroken, ran))
    return 0 if good(unbroken, ran) else 1


def _tell_unbroken(unbroken: Iterable[Unbroken], kills: int) -> None:
    for one in unbroken:
        asked = ", ".join(f"{count} {KINDS[kind]}" for kind, count in one.counts.items())
        print(f"{one.world}: {asked}, {len(one.changes)} changes{''.join(f'; WRONG: {text}' for text in one.wrong)}")
    print(f"{kills} kills to make", flush=True)


def _tell(one: Ran, done: int, of: int, seconds: float) -> None:
    if one.wrong:
        print(f"FELL SHORT {one.kill} at {one.at or 'no request'}: {'; '.join(one.wrong)}", flush=True)
    if done % PROGRESS_EVERY == 0:
        print(f"  {done} of {of} runs after {seconds / 60:.1f} minutes", flush=True)


def good(unbroken: Iterable[Unbroken], ran: Iterable[Ran]) -> bool:
    """Whether every world and every run with a kill was as it must be, and there was one."""
    runs = list(ran)
    return any(one.at for one in runs) and not any(one.wrong for one in [*unbroken, *runs])


def closing_line(unbroken: Iterable[Unbroken], ran: Iterable[Ran]) -> str:
    """The matrix's figure; the runs that fell short stand above it."""
    runs, worlds = list(ran), list(unbroken)
    struck = [one for one in runs if one.at]
    kinds = Counter(one.kill.kind for one in struck)
    made = ", ".join(f"{kinds[kind]:,} at {name}" for kind, name in KINDS.items())
    short = sum(1 for one in runs if one.wrong) + sum(1 for one in worlds if one.wrong)
    well = (
        "100 % ended as declared, each change once, every lease returned"
        if good(worlds, runs)
        else f"{short} FELL SHORT"
    )
    missed = f", {len(runs) - len(struck):,} not reached" if len(runs) > len(struck) else ""
    return f"crash matrix: {len(worlds)} worlds, {len(struck):,} kills ({made}{missed}): {well}"


if __name__ == "__main__":
    sys.exit(main())
