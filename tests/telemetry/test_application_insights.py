"""The same through the exporter of Application Insights, to an ingestion endpoint on loopback."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.stage import staged
from tests.telemetry.receiver import receiving
from tests.telemetry.test_one_case import PHASES, QUICKLY, SCOPE

KEY = "00000000-0000-0000-0000-00000000aaaa"


async def play(folder: Path) -> tuple[str, list[dict[str, Any]]]:
    async with receiving() as receiver:
        connection = f"InstrumentationKey={KEY};IngestionEndpoint={receiver.url}/"
        settings = {"APPLICATIONINSIGHTS_CONNECTION_STRING": connection, "TMPDIR": str(folder), **QUICKLY}
        async with staged("locked_group", folder, settings) as stage:
            await stage.start()
            [case] = await stage.until_closed(1)
            await receiver.until(lambda got: {"case", f"{SCOPE}.cases", "case.closed"} <= told_in(got.envelopes))
            return case["id"], receiver.got.envelopes


def told_in(envelopes: list[dict[str, Any]]) -> set[str]:
    """Names of spans, metrics and events."""
    bodies = [one["data"]["baseData"] for one in envelopes]
    metrics = {metric["name"] for body in bodies for metric in body.get("metrics", ())}
    return metrics | {body.get("name") or body.get("properties", {}).get("event", "") for body in bodies}


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield asyncio.run(play(tmp_path_factory.mktemp("sent")))


def test_the_whole_case_is_one_operation(sent: tuple[str, list[dict[str, Any]]]) -> None:
    case, envelopes = sent
    ours = [one for one in envelopes if one["tags"].get("ai.operation.id") == case]
    spans = {one["data"]["baseData"]["name"] for one in ours if one["data"]["baseType"] == "RemoteDependencyData"}
    assert {"case", "turn", *PHASES} <= spans
    [whole] = [one for one in ours if one["data"]["baseData"].get("name") == "case"]
    assert "ai.operation.parentId" not in whole["tags"]
    turns = [one for one in ours if one["data"]["baseData"].get("name") == "turn"]
    assert {one["tags"]["ai.operation.parentId"] for one in turns} == {whole["data"]["baseData"]["id"]}
    events = [one["data"]["baseData"] for one in ours if one["data"]["baseType"] == "MessageData"]
    assert {"case.diagnosed", "change.ended"} <= {event["properties"]["event"] for event in events}
    assert all(event["message"].startswith(f"event={event['properties']['event']} ") for event in events)


def test_nothing_is_left_to_a_sample(sent: tuple[str, list[dict[str, Any]]]) -> None:
    assert {one.get("sampleRate", 100.0) for one in sent[1]} == {100.0}


def test_only_what_the_engine_tells_is_sent(sent: tuple[str, list[dict[str, Any]]]) -> None:
    kinds = {one["data"]["baseType"] for one in sent[1]}
    assert kinds == {"RemoteDependencyData", "MetricData", "MessageData"}
    assert {one["iKey"] for one in sent[1]} == {KEY}
    metrics = {metric["name"] for one in sent[1] for metric in one["data"]["baseData"].get("metrics", ())}
    metrics.discard("_OTELRESOURCE_")  # the exporter's own, of the resource it tells for
    assert metrics and all(name.startswith(f"{SCOPE}.") for name in metrics)
