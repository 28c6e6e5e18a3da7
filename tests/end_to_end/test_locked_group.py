"""The main job through the real worker: from an alert to a proven backup, and a SIGKILL at any request changes nothing."""

import os
from pathlib import Path

import pytest

from tests.end_to_end.stage import staged
from tests.gateway.store import azurite

EVERY = int(os.environ.get("CRASH_EVERY", "4"))
"""Every how manyth request a run is made for; `make crash-matrix` takes each one."""


async def test_an_alert_leads_to_a_proven_backup_and_the_lock_is_back(tmp_path: Path) -> None:
    async with staged("locked_group", tmp_path) as stage:
        await stage.start()
        await stage.until_closed(1)
        await stage.assert_as_declared()
        kinds = [change["kind"] for change in stage.box.changes()]
        assert kinds == ["lock.delete", "backup.trigger", "lock.write"]


async def test_the_same_with_its_rows_on_table_storage(tmp_path: Path, azurite_port: int) -> None:
    async with staged("locked_group", tmp_path, {"STORE_URL": azurite.store_url(azurite_port)}) as stage:
        await stage.start()
        await stage.until_closed(1)
        await stage.assert_as_declared()


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_kill_at_any_request_is_harmless(when: str, tmp_path: Path) -> None:
    """One SIGKILL of the host a run, at request n; runs go on until a run has no n-th request any more."""
    n = 1 if when == "before" else 1 + EVERY // 2
    while await _killed_at(n, when, tmp_path / str(n)):
        n += EVERY
    assert n > 30, "the world must have made its requests"


async def _killed_at(n: int, when: str, folder: Path) -> bool:
    """Whether the world had an n-th request, at which the host was killed and started again."""
    async with staged("locked_group", folder) as stage:
        await stage.hold(n, when)
        await stage.start()
        killed = await stage.until_held_or_closed(1)
        if killed:
            await stage.restart_after_kill()
            await stage.until_closed(1)
        await stage.assert_as_declared()
        return killed
