"""What one case tells of itself through the real worker, taken by a receiver of OTLP and of outcomes."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from infra.check.outcomes import columns
from infra.check.source import read
from sandbox.arm.faults import parse_faults
from tests.end_to_end.stage import staged
from tests.infra.planted import ROOT
from tests.telemetry.receiver import Received, Span, receiving

SCOPE = "azure_backup_runbooks"
PHASES = {"diagnose", "gate", "step", "prove", "return", "tell", "close"}
TABLE = {"OUTCOMES_RULE": "dcr-1", "OUTCOMES_STREAM": "Custom-BackupRunbooks_CL"}
QUICKLY = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BLRP_SCHEDULE_DELAY": "100", "OTEL_METRIC_EXPORT_INTERVAL": "200"}
THROTTLED = [{"kind": "429", "path_contains": "/locks", "method": "GET", "times": 1}]


@dataclass(frozen=True, slots=True)
class Told:
    """The case as the API tells it, what was received of it, and what must not be in that."""

    case: dict[str, Any]
    got: Received
    secrets: list[str]

    @property
    def spans(self) -> list[Span]:
        return [span for span in self.got.spans if span.trace == self.case["id"]]

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


async def play(folder: Path) -> Told:
    """The world locked_group, whose locks are throttled once, and whose first row is refused by the table."""
    async with receiving() as receiver:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OUTCOMES_ENDPOINT": receiver.url, **TABLE, **QUICKLY}
        async with staged("locked_group", folder, settings) as stage:
            stage.box.pipeline.options.faults = parse_faults(THROTTLED)
            receiver.got.refuse_rows = 1
            await stage.start()
            [short] = await stage.until_closed(1)
            await receiver.until(lambda got: got.rows != [])  # a round of the reaper later
            _, case = await stage.host.call("GET", f"/api/cases/{short['id']}")
            await receiver.until(lambda got: is_whole(got, len(case["changes"])))
            secrets = [stage.host.ready["function_key"], stage.box.identity_header, "eyJ", "Bearer"]
        return Told(case, receiver.got, secrets)


def is_whole(got: Received, changes: int) -> bool:
    """Whether all came that is looked at here; what is exported in batches comes in no order."""
    counted = sum(got.newest(f"{SCOPE}.changes").values()), got.newest(f"{SCOPE}.leases.out")
    ended = any(attributes.get("event") == "case.closed" for *_, attributes in got.logs)
    spans = {span.id for span in got.spans}
    rooted = all(span.parent in spans for span in got.spans if span.parent)  # a turn comes after what hangs on it
    return ended and rooted and any(span.name == "case" for span in got.spans) and counted == (changes, {(): 0})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    yield asyncio.run(play(tmp_path_factory.mktemp("told")))


def test_there_is_one_trace_over_all_turns_and_its_id_is_the_cases(told: Told) -> None:
    [whole] = told.named("case")
    turns = told.named("turn")
    assert whole.parent == "" and len(turns) > 3
    assert {turn.parent for turn in turns} == {whole.id}
    opened, closed = (datetime.fromisoformat(told.case[name]) for name in ("opened", "closed"))
    assert whole.seconds == pytest.approx((closed - opened).total_seconds(), abs=0.01)
    said = {"case.cause": "backup_group_locked", "case.outcome": told.case["outcome"], "case.machine": "web-01"}
    assert said.items() <= whole.told.items()


def test_each_phase_hangs_on_its_turn_and_each_request_on_its_phase(told: Told) -> None:
    turns = {span.id for span in told.named("turn")}
    phases = {span.id: span.name for span in told.spans if span.parent in turns}
    assert set(phases.values()) == PHASES
    requests = [span for span in told.spans if "http.request.method" in span.told]
    assert {span.name for span in requests} == {"GET", "PUT", "POST", "DELETE"}
    deleted = [span for span in requests if span.name == "DELETE"]
    assert [(phases[span.parent], span.told["http.response.status_code"]) for span in deleted] == [("step", 200)]
    assert "/providers/Microsoft.Authorization/locks/" in deleted[0].told["url.full"]
    assert {span.told["case.fix"] for span in told.named("step")} == {"remove_backup_group_locks", "trigger_backup"}


def test_what_is_of_no_case_hangs_on_what_it_is_done_for(told: Told) -> None:
    """A round of the reaper, a sweep, the look for an item's machine, a call of the API."""
    others = [span for span in told.got.spans if span.trace != told.case["id"]]
    roots = {span.name for span in others if span.parent == ""}
    assert {"reaper", "api", "locate"} <= roots and not roots & {"GET", "POST", "PUT", "DELETE"}


def test_of_a_query_only_the_version_is_told(told: Told) -> None:
    asked = [span.told["url.full"].partition("?")[2] for span in told.spans if "url.full" in span.told]
    assert asked and all(query.startswith("api-version=") and "&" not in query for query in asked if query)


def test_metrics_tell_of_the_case_by_name(told: Told) -> None:
    newest = told.got.newest
    cause = "backup_group_locked"
    assert newest(f"{SCOPE}.cases") == {(cause, "remediated"): 1}
    assert newest(f"{SCOPE}.diagnosis.duration") == {(cause,): 1}
    assert newest(f"{SCOPE}.proof.duration") == {(cause, "remediated"): 1}
    kinds = {(kind, "done"): count for kind, count in changes_of(told.case).items()}
    assert newest(f"{SCOPE}.changes") == kinds and kinds["lock.delete", "done"] == 1
    assert newest(f"{SCOPE}.throttles") == {("GET",): 1}
    assert newest(f"{SCOPE}.leases.out") == {(): 0} and newest(f"{SCOPE}.approvals.waiting") == {(): 0}
    assert set(newest(f"{SCOPE}.heartbeat.age")) == {("reaper",), ("sweep",)}


def changes_of(case: dict[str, Any]) -> dict[str, int]:
    kinds = [change["kind"] for change in case["changes"]]
    return {kind: kinds.count(kind) for kind in kinds}


def test_events_carry_the_case_its_trace_and_azures_correlation_id(told: Told) -> None:
    events = [
        (trace, attributes) for trace, _, attributes in told.got.logs if attributes.get("case") == told.case["id"]
    ]
    names = {attributes["event"] for _, attributes in events}
    assert {"case.diagnosed", "case.ending", "case.closed", "change.begun", "change.ended", "case.trouble"} <= names
    assert {trace for trace, _ in events} == {told.case["id"]}
    ended = [attributes for _, attributes in events if attributes["event"] == "change.ended"]
    known = [change["result"]["correlation"] for change in told.case["changes"]]
    assert sorted(one["correlation"] for one in ended) == sorted(known) and all(known)


def test_nothing_secret_is_told(told: Told) -> None:
    everything = b"".join(told.got.raw).decode("utf-8", "replace")
    assert told.case["machine"] in everything
    assert [secret for secret in told.secrets if secret in everything] == []


def test_the_outcome_is_in_the_table_once_though_it_was_refused_first(told: Told) -> None:
    [(path, row)] = told.got.rows
    assert path.startswith("/dataCollectionRules/dcr-1/streams/Custom-BackupRunbooks_CL?api-version=")
    assert told.got.refuse_rows == 0
    table, declared = columns(read(ROOT / "infra/app/outcomes.bicep"))
    assert (table, set(row)) == ("BackupRunbooks_CL", set(declared))
    assert row["CaseId"] == told.case["id"] and row["TimeGenerated"] == told.case["closed"]
    assert (row["Machine"], row["Cause"], row["Outcome"]) == ("web-01", "backup_group_locked", "remediated")
    assert row["Fixes"] == ["remove_backup_group_locks", "trigger_backup"]
    assert 0 < row["SecondsToDiagnosis"] < row["SecondsToProof"]
    assert json.dumps(row)
