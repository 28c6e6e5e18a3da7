"""The engine's metrics. Attributes have few values each: a machine's or a case's name would make a series of its own."""

from collections.abc import Callable, Iterator
from time import monotonic

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

from gateway.arm.telling import SCOPE

MINUTE, HOUR, DAY = 60, 3600, 86400
STALE = 15 * MINUTE
"""Timers set their values every five or ten minutes."""
_meter = get_meter(SCOPE)

CASES = _meter.create_counter(f"{SCOPE}.cases", "{case}", "Closed cases, by cause and outcome")
DIAGNOSIS = _meter.create_histogram(
    f"{SCOPE}.diagnosis.duration",
    "s",
    "From the failure to a named cause",
    explicit_bucket_boundaries_advisory=[MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY],
)
PROOF = _meter.create_histogram(
    f"{SCOPE}.proof.duration",
    "s",
    "From the failure to the proof that backups work again",
    explicit_bucket_boundaries_advisory=[HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY],
)
CHANGES = _meter.create_counter(f"{SCOPE}.changes", "{change}", "Writes to Azure, by kind and how they ended")


class Gauge:
    """What a timer counts now and then. A value that is not set again is told no more: another instance has the timer
    by now, or none has, and then an alert can see that it is absent."""

    def __init__(self, name: str, unit: str, text: str, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._set = clock, dict[tuple[tuple[str, str], ...], tuple[float, float]]()
        _meter.create_observable_gauge(f"{SCOPE}.{name}", [self.observe], unit, text)

    def set(self, value: float, **attributes: str) -> None:
        self._set[tuple(attributes.items())] = value, self._clock()

    def observe(self, _: CallbackOptions) -> Iterator[Observation]:
        for attributes, (value, at) in list(self._set.items()):
            if self._clock() - at <= STALE:
                yield Observation(value, dict(attributes))


LEASES = Gauge("leases.out", "{lease}", "Locks that are lifted")
WAITING = Gauge("approvals.waiting", "{case}", "Cases that wait for a person's answer")
AGE = Gauge("heartbeat.age", "s", "Time since the last successful round of reaper and sweep")
