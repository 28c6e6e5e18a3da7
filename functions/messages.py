"""What lies in the queue: one JSON object a failure, or a note of an alert that is recorded and not acted on."""

import json
from typing import List  # noqa: UP035

import azure.functions as func

from engine.case import Failure
from engine.intake import Ignored

Outgoing = func.Out[List[str]]  # noqa: UP006  (the Python worker does not know `list[str]` here)

QUEUE = "backup-failures"
POISON = f"{QUEUE}-poison"
CONNECTION = "AzureWebJobsStorage"
MAX_MESSAGE = 16_000
"""Bytes of a message; a storage queue holds 48 KiB before base64."""


def of_failure(failure: Failure) -> str:
    return _small({"kind": "failure", "failure": failure.to_json()})


def of_ignored(ignored: Ignored) -> str:
    return _small({"kind": "ignored", "reason": ignored.reason, "summary": ignored.summary})


def of_sweep() -> str:
    return _small({"kind": "sweep"})


def of_wake(case_id: str) -> str:
    return _small({"kind": "wake", "case": case_id})


def _small(message: dict[str, object]) -> str:
    text = json.dumps(message)
    if len(text) > MAX_MESSAGE:
        raise ValueError(f"the failure is told in {len(text)} bytes, at most {MAX_MESSAGE} are taken")
    return text
