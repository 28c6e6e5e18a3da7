"""The SDK never retries by itself: one call of ours is one request, and the case decides what comes next."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.arm.errors import AzureError, Throttled, Unavailable
from tests.engine.driver import driving


@pytest.mark.parametrize("kind", ["503", "500", "504", "429", "drop", "drop_after"])
async def test_one_trigger_is_one_post_whatever_is_answered(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [{"kind": kind, "method": "POST", "path_contains": "/backup", "times": 10}]
    async with driving("locked_group", tmp_path, monkeypatch, faults=faults) as driver:
        item = driver.world["cases"][0]["item"]
        with pytest.raises(Throttled if kind == "429" else Unavailable):
            await driver.engine.starts.backup(item, driver.box.now + timedelta(days=30))
        assert sum(r["method"] == "POST" and r["path"].endswith("/backup") for r in driver.box.requests()) == 1


@pytest.mark.parametrize("kind", ["503", "429", "drop"])
async def test_one_read_is_one_get_whatever_is_answered(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [{"kind": kind, "method": "GET", "path_contains": "/virtualMachines/", "times": 10}]
    async with driving("locked_group", tmp_path, monkeypatch, faults=faults) as driver:
        item = await driver.engine.reads.item(driver.world["cases"][0]["item"])
        with pytest.raises(AzureError):
            await driver.engine.reads.machine(item.machine_id)
        assert sum("/virtualMachines/" in r["path"] for r in driver.box.requests()) == 1
