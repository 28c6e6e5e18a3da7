"""The engine's metrics. Attributes have few values each: a machine's or a case's name would make a series of its own."""

from opentelemetry.metrics import get_meter

from engine.telemetry.events import SCOPE

MINUTE, HOUR, DAY = 60, 3600, 86400
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
LEASES = _meter.create_gauge(f"{SCOPE}.leases.out", "{lease}", "Locks that are lifted")
WAITING = _meter.create_gauge(f"{SCOPE}.approvals.waiting", "{case}", "Cases that wait for a person's answer")
AGE = _meter.create_gauge(f"{SCOPE}.heartbeat.age", "s", "Time since the last successful round of reaper and sweep")
