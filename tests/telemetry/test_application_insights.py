"""The same through the exporter of Application Insights, to an ingestion endpoint on loopback that speaks TLS.

It takes the identity's token as a deployment sets it: by APPLICATIONINSIGHTS_AUTHENTICATION_STRING.
"""

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.stage import staged
from tests.telemetry.receiver import receiving
from tests.telemetry.test_one_case import PHASES, QUICKLY, SCOPE

KEY = "00000000-0000-0000-0000-00000000aaaa"
CLIENT = "00000000-0000-0000-0000-00000000bbbb"


@dataclass(frozen=True, slots=True)
class Sent:
    """Of one case: what came, and with which proof."""

    case: str
    envelopes: list[dict[str, Any]]
    proofs: set[str]


async def play(folder: Path) -> Sent:
    async with receiving(folder) as receiver:
        connection = f"InstrumentationKey={KEY};IngestionEndpoint={receiver.url}/"
        settings = {
            "APPLICATIONINSIGHTS_CONNECTION_STRING": connection,
            "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": f"ClientId={CLIENT};Authorization=AAD",
            "REQUESTS_CA_BUNDLE": str(folder / "ca.pem"),
            "TMPDIR": str(folder),
            **QUICKLY,
        }
        async with staged("locked_group", folder, settings) as stage:
            await stage.start()
            [case] = await stage.until_closed(1)
            await receiver.until(lambda got: {"case", f"{SCOPE}.cases", "case.closed"} <= told_in(got.envelopes))
            return Sent(case["id"], receiver.got.envelopes, receiver.got.proofs)


def told_in(envelopes: list[dict[str, Any]]) -> set[str]:
    """Names of spans, metrics and events."""
    bodies = [one["data"]["baseData"] for one in envelopes]
    metrics = {metric["name"] for body in bodies for metric in body.get("metrics", ())}
    return metrics | {body.get("name") or body.get("properties", {}).get("event", "") for body in bodies}


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    yield asyncio.run(play(tmp_path_factory.mktemp("sent")))


def test_the_whole_case_is_one_operation(sent: Sent) -> None:
    ours = [one for one in sent.envelopes if one["tags"].get("ai.operation.id") == sent.case]
    spans = {one["data"]["baseData"]["name"] for one in ours if one["data"]["baseType"] == "RemoteDependencyData"}
    assert {"case", "turn", *PHASES} <= spans
    [whole] = [one for one in ours if one["data"]["baseData"].get("name") == "case"]
    assert "ai.operation.parentId" not in whole["tags"]
    turns = [one for one in ours if one["data"]["baseData"].get("name") == "turn"]
    assert {one["tags"]["ai.operation.parentId"] for one in turns} == {whole["data"]["baseData"]["id"]}
    events = [one["data"]["baseData"] for one in ours if one["data"]["baseType"] == "MessageData"]
    assert {"case.diagnosed", "change.ended"} <= {event["properties"]["event"] for event in events}
    assert all(event["message"].startswith(f"event={event['properties']['event']} ") for event in events)


def test_nothing_is_left_to_a_sample(sent: Sent) -> None:
    assert {one.get("sampleRate", 100.0) for one in sent.envelopes} == {100.0}


def test_only_what_the_engine_tells_is_sent(sent: Sent) -> None:
    kinds = {one["data"]["baseType"] for one in sent.envelopes}
    assert kinds == {"RemoteDependencyData", "MetricData", "MessageData"}
    assert {one["iKey"] for one in sent.envelopes} == {KEY}
    metrics = {metric["name"] for one in sent.envelopes for metric in one["data"]["baseData"].get("metrics", ())}
    metrics.discard("_OTELRESOURCE_")  # the exporter's own, of the resource it tells for
    assert metrics and all(name.startswith(f"{SCOPE}.") for name in metrics)


def test_it_is_sent_with_a_token_of_the_identity_for_azure_monitor(sent: Sent) -> None:
    [proof] = sent.proofs
    claims = proof.removeprefix("Bearer ").split(".")[1]
    audience = json.loads(base64.urlsafe_b64decode(f"{claims}==="))["aud"]
    assert audience.rstrip("/") == "https://monitor.azure.com"
