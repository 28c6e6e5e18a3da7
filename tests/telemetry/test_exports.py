"""Where it goes, told by a process of its own: providers are set once a process."""

import os
import subprocess
import sys

QUICKLY = {**os.environ, "OTEL_EXPORTER_OTLP_TIMEOUT": "0.1"}
"""Seconds that an exporter tries; it has no other end."""
TELLS = """
import logging
from functions.telemetry.exports import set_up
logging.basicConfig(format="%(levelname)s %(message)s")
set_up({settings!r})
from datetime import UTC, datetime, timedelta
from opentelemetry import metrics, trace
from engine.case import Case, Failure
from engine.telemetry import metrics as ours, traces
at = datetime(2026, 11, 3, tzinfo=UTC)
case = Case.open(Failure(item_id="", machine_id="/subscriptions/s/web-01", fired_at=at.isoformat(), trigger="alert"), at)
case.closed = (at + timedelta(hours={hours})).isoformat()
with traces.turn(case):
    pass
traces.whole(case)
ours.CASES.add(1, {{"cause": "unknown", "outcome": "gave up"}})
ours.PROOF.record(7200, {{"cause": "unknown"}})
"""


def tell(hours: int = 0, **settings: str) -> tuple[str, str]:
    """What the process writes: the SDK flushes when it ends."""
    script = TELLS.format(settings=settings, hours=hours)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=QUICKLY)
    return done.stdout, done.stderr


def test_without_a_setting_the_console_gets_a_line_each() -> None:
    said, wrong = tell()
    turn, case = (line for line in said.splitlines() if line.startswith("trace "))
    metrics = [line for line in said.splitlines() if line.startswith("metric ")]
    ids, _, rest = turn.removeprefix("trace ").partition(" ")
    assert rest.startswith("turn ") and "case.machine=web-01" in rest
    assert case.startswith(f"trace {ids.split('/')[0]}/") and " case 0 ms " in case
    assert 'metric azure_backup_runbooks.cases 1 cause=unknown outcome="gave up"' in metrics
    assert "metric azure_backup_runbooks.proof.duration 1 of mean 7200.0 cause=unknown" in metrics
    assert wrong == ""


def test_a_case_of_many_days_is_told_by_its_last_47_hours() -> None:
    """Application Insights refuses what began more than 48 hours before it came."""
    [case] = [line for line in tell(hours=60)[0].splitlines() if " case " in line]
    assert f" case {47 * 3600 * 1000} ms " in case and "case.opened=2026-11-03T00:00:00+00:00" in case


def test_a_wrong_connection_string_is_told_and_stops_nothing() -> None:
    said, wrong = tell(APPLICATIONINSIGHTS_CONNECTION_STRING="InstrumentationKey=mine")
    assert said == ""
    assert "ERROR event=telemetry.off error=" in wrong and "Traceback" not in wrong


def test_a_collector_out_of_reach_stops_nothing() -> None:
    said, wrong = tell(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9/")
    assert said == "" and "event=telemetry.off" not in wrong


def test_an_engine_that_cannot_be_opened_sets_up_telemetry_once() -> None:
    """Each call tries it again; exporters and threads of their own each time would pile up."""
    script = """
import logging, os, threading
os.environ |= {"STORE_URL": "", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
from functions import parts
counted = []
for _ in range(3):
    try:
        parts.engine()
    except ValueError as e:
        counted.append((threading.active_count(), len(logging.getLogger("azure_backup_runbooks").handlers)))
print(len(counted), len(set(counted)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=QUICKLY)
    assert done.stdout.split() == ["3", "1"]


def test_what_the_sdks_say_of_each_request_is_not_among_our_lines() -> None:
    script = """
import logging
logging.basicConfig(level=logging.INFO)
from functions.telemetry.exports import set_up
set_up({})
print([name for name in ("azure.core.pipeline.policies.http_logging_policy", "azure.identity.aio", "azure.monitor")
       if logging.getLogger(name).isEnabledFor(logging.INFO)])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=QUICKLY)
    assert done.stdout.strip() == "[]"
