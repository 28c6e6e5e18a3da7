"""`python -m tests.matrix.fence [--examples 10000] [--seed 1]`: nothing outside the fence is changed.

On each drawn estate a fix, or a rogue that wants to change everything, is let loose through the real path to a sandbox,
and no write may leave for what the oracle of `fence_oracle` does not call ours. The pure fence is asked about as many
estates besides, and must agree with the oracle.
"""

import argparse
import sys
import time

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.matrix.fence_actors import FIXES
from tests.matrix.fence_estate import Estate
from tests.matrix.fence_estates import estates
from tests.matrix.fence_pure import disagreements
from tests.matrix.fence_stage import FenceStage, Tally

ACTORS = ("rogue", "rogue", *FIXES)


def drawn(examples: int) -> settings:
    """So many examples, however long each takes; nothing is kept between runs."""
    checks, phases = list(HealthCheck), (Phase.generate, Phase.shrink)
    return settings(max_examples=examples, deadline=None, database=None, suppress_health_check=checks, phases=phases)


def ask_the_fence(examples: int, seeded: int) -> None:
    """Raises AssertionError, with the smallest estate that shows it, where fence and oracle disagree."""

    @seed(seeded)
    @drawn(examples)
    @given(estates())
    def ask(estate: Estate) -> None:
        assert disagreements(estate) == []

    ask()


def let_loose(examples: int, seeded: int) -> Tally:
    """Raises AssertionError, with the smallest estate that shows it, where a write went outside."""
    stage = FenceStage.open()

    @seed(seeded)
    @drawn(examples)
    @given(estates(), st.sampled_from(ACTORS), st.integers(0, 1000))
    def play(estate: Estate, actor: str, order: int) -> None:
        assert stage.play(estate, actor, order) == []

    try:
        play()
        return stage.tally
    finally:
        stage.close()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.fence")
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        ask_the_fence(chosen.examples, chosen.seed)
        tally = let_loose(chosen.examples, chosen.seed)
    except AssertionError as e:
        print(e, *getattr(e, "__notes__", ()), sep="\n")
        print("fence: FAILED, a write went outside or fence and oracle disagree; the smallest estate is above")
        return 1
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(tally.kinds.items()))
    print(
        f"fence: {tally.examples} examples, 0 changes outside; {tally.changes} changes inside, on {tally.changing} "
        f"estates ({kinds}); {time.monotonic() - began:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
