"""`python -m tests.matrix.fuzz [--examples 100000] [--seed N]`: bad input at the door; one closing line, exit 1 on a fault.

Most bodies go to the reader itself, one in twenty through the running host, whose cases are then compared with what
the oracle reads in the bodies. The simulated clock stands still: no case gets beyond its first look.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.stage import staged
from tests.matrix.fuzz_alerts import Posted, post_bodies, read_bodies
from tests.matrix.fuzz_calls import call_anything, call_by_hand, call_operations
from tests.matrix.fuzz_oracle import ITEM
from tests.matrix.fuzz_wire import Wire
from tests.sandbox_host.process import HostProcess

READS = ("cases?days=90&limit=1000", "outcomes?days=90", "catalog", "health")


@dataclass(frozen=True, slots=True)
class Share:
    """How many examples each part gets."""

    posted: int
    calls: int
    by_hand: int


async def over_the_host(folder: Path, share: Share, seed: int) -> str:
    """Bodies and calls over the real worker; what the store then holds. Raises AssertionError on a fault."""
    async with staged("extension_failed", folder) as stage:
        await stage.host.start()
        wire = Wire(stage.host.url, stage.host.ready["function_key"])
        posted = await asyncio.to_thread(post_bodies, wire, share.posted, seed)
        await stage.host.idle(120)
        cases = await asyncio.to_thread(_look, wire, posted)
        by_hand = await asyncio.to_thread(call_by_hand, wire, share.by_hand, seed)
        operations, calls = await asyncio.to_thread(call_operations, wire, share.calls, seed)
        calls += await asyncio.to_thread(call_anything, wire, share.by_hand, seed)
        await stage.host.idle(120)
        _opened(wire, posted.must | posted.may | by_hand)
        wire.close()
        _nothing_failed(stage.host)
    told = f"{share.posted} posted ({posted.accepted} taken, {cases} cases, none from garbage)"
    return f"{told}, {calls + share.by_hand} calls over {operations} operations"


def _look(wire: Wire, posted: Posted) -> int:
    """Every page about what was taken answers, and the cases are those that the oracle reads in the bodies."""
    for path in READS:
        wire.get(f"/api/{path}")
    opened = _opened(wire, posted.must | posted.may)
    assert posted.must <= opened, f"no case was opened for {sorted(posted.must - opened)[:3]}"
    return len(opened)


def _opened(wire: Wire, allowed: set[str]) -> set[str]:
    cases = wire.get(f"/api/{READS[0]}")["cases"]
    for case in cases:
        wire.get(f"/api/cases/{case['id']}")
    opened = {case["item"].casefold() for case in cases}
    odd = [item for item in opened if item not in allowed and not ITEM.fullmatch(item)]
    assert not odd, f"cases opened from garbage: {odd[:3]}"
    return opened


def _nothing_failed(host: HostProcess) -> None:
    """No function ended in an exception, but for requests that the simulated Azure turned away for their number."""
    lines = (line for line in host.errors().splitlines() if " INFO " not in line)
    failed = [line for line in lines if " failed" in line and "Throttled" not in line]
    assert not failed, failed[:3]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=100_000, help="alert bodies in all")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    posted = given.examples // 20
    try:
        read = read_bodies(given.examples - posted, given.seed)
        with tempfile.TemporaryDirectory() as folder:
            share = Share(posted, max(20, given.examples // 500), max(50, given.examples // 100))
            told = asyncio.run(over_the_host(Path(folder), share, given.seed))
    except (Exception, BaseExceptionGroup) as e:  # noqa: BLE001 - whatever it was, the closing line says that it fell short
        print(f"{e}\n" + "\n".join(getattr(e, "__notes__", ())), file=sys.stderr)
        print(f"fuzz: FELL SHORT, {type(e).__name__} (seed {given.seed})")
        return 1
    print(f"fuzz: {read} bodies read, {told}: no 5xx (seed {given.seed}, {time.perf_counter() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
