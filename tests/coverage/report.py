"""`python -m tests.coverage.report [--worlds a,b] [--strict]`: what of the published guidance the engine masters.

Every world is played by the engine. A row of `rows.toml` is verified when each world that names it in `covers` ends as it
declares. With `--strict` it ends with 1 unless every row is verified, and every world right and cheap enough to diagnose.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from engine.catalog import CATALOG
from sandbox.world_files import names
from tests.coverage.judge import MOST_READS, NO_CODE, NO_TEXT, NO_WORLD, Judged, Line, judge
from tests.coverage.play import Played, play
from tests.coverage.rows import rows


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.coverage.report")
    parser.add_argument("--worlds", type=lambda text: tuple(text.split(",")), default=tuple(names()))
    parser.add_argument("--strict", action="store_true", help="end with 1 below 100 %%")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        played = list(pool.map(play, chosen.worlds))
    found = judge(rows(), played, [runbook.guide for runbook in CATALOG.runbooks])
    print("\n".join(told(found)))
    print(f"{len(played)} worlds played in {time.monotonic() - began:.0f} s")
    return 1 if chosen.strict and not found.whole else 0


COUNTED = (
    "ARM reads of each world's costliest case. first plan: until its first plan, which may be the plan to look inside the guest;",
    "cause named: until the plan that names the cause, with every diagnosis and gate before it; one diagnosis: the costliest",
    f"single one, which may read {MOST_READS}; polls: while a guest's script was waited for, in no other figure. seconds: simulated,",
    "from the telling of the failure until its cause was named.",
)
"""The heading of the second table."""


def told(found: Judged) -> Iterator[str]:
    """The report, line by line."""
    yield from _table(("row", "world", "named cause", "fixes", "verified"), map(_cells, found.lines))
    yield ""
    yield from COUNTED
    heads = ("world", "first plan", "cause named", "one diagnosis", "polls", "seconds", "right")
    yield from _table(heads, map(_cost, found.worlds))
    yield ""
    yield from (f"{played.world}: {played.trouble}" for played in found.worlds if played.trouble)
    yield from found.strangers
    yield from (f"{p.world}: {p.diagnosis} reads in one diagnosis, more than {MOST_READS}" for p in found.costly)
    covered, verified = _share(found.covered, found.rows), _share(found.verified, found.rows)
    yield f"rows covered: {covered}; covered and verified: {verified}"
    yield f"worlds answered right: {_share(found.right, len(found.worlds))}"


def _cells(line: Line) -> tuple[str, ...]:
    short = line.row.id if line.row.id in line.row.codes else f"{line.row.id} {line.row.title}"
    return (short, line.world or "-", line.cause or "-", line.fixes or "-", "yes" if not line.why else _no(line))


def _no(line: Line) -> str:
    return f"no: {line.why}" if line.why in (NO_WORLD, NO_TEXT, NO_CODE) else "no"


def _cost(played: Played) -> tuple[str, ...]:
    reads = map(str, (played.first, played.named, played.diagnosis, played.polls))
    return (played.world, *reads, f"{played.seconds:g}", "no" if played.trouble else "yes")


def _share(part: int, whole: int) -> str:
    """Rounded down, so that only all of it is 100 %."""
    return f"{part} of {whole} ({100 * part // whole if whole else 0} %)"


def _table(heads: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> Iterator[str]:
    every = [heads, *lines]
    widths = [max(len(line[column]) for line in every) for column in range(len(heads))]
    for line in every:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


if __name__ == "__main__":
    sys.exit(main())
