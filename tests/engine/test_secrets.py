"""Signed poll addresses and tokens are used and never shown: not in a log, not in a row, not in a text for people."""

import logging
import re
from pathlib import Path

import pytest

from gateway.arm.model import Started
from tests.engine.driver import driving

SIGNED = re.compile(r"[?&](t|c|s|h)=(?!REDACTED)[^&\s]+")
"""A part of a signed address (samples C01, C21), unless it was blacked out."""


async def test_no_signature_and_no_token_is_logged_or_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        await driver.announce()
        await driver.run()
        token = driver.box.token
    polls = [r for r in driver.box.requests() if "operationsStatus" in r["path"]]
    assert polls, "the signed address must have been followed"
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for text in (caplog.text, stored.decode("utf-8", "replace")):
        assert not SIGNED.search(text), SIGNED.search(text)
        assert token not in text


def test_a_started_operation_does_not_show_its_address() -> None:
    assert "sig" not in repr(Started("op", "c", "https://management.azure.com/x?s=sig"))
