"""A property held over so many examples, in rounds: hypothesis remembers what it tried, and rounds bound its memory."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

ROUND = 10_000
PATIENT = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
    HealthCheck.filter_too_much,
]


def hold(what: Callable[[Any], None], over: SearchStrategy[Any], examples: int, start: int) -> int:
    """Run the property; the number of examples. Raises what the smallest failing example raised."""
    rounds = [min(ROUND, examples - begun) for begun in range(0, examples, ROUND)]
    for number, count in enumerate(rounds):
        chosen = settings(
            max_examples=count,
            database=None,
            deadline=None,
            suppress_health_check=PATIENT,
            phases=[Phase.generate, Phase.shrink],
        )
        seed(start + number)(chosen(given(over)(lambda example: what(example))))()
    return examples
