"""The summary alone tells the engineer on call why it failed, what was done and what proves it."""

from pathlib import Path

import pytest

from tests.engine.driver import driving


@pytest.mark.parametrize(
    ("world", "words"),
    [
        ("locked_group", ["web-01", "backup_group_locked", "AzureBackupRG_westeurope_1 is locked", "lifted the lock do-not-delete", "triggered 1 on-demand", "returned the lock do-not-delete", "valid in the vault"]),
        ("full_collection", ["restore_points_left_behind", "deleted 17 overdue restore point(s)", "remediated"]),
        ("extension_failed", ["removed the extension VMSnapshot", "remediated"]),
        ("agent_dead", ["db-01", "guest_agent_not_ready", "nothing was changed", "needs a person"]),
        ("unknown_code", ["UserErrorQuiesceBrokerUnreachable", "no cause is known", "nothing was changed"]),
    ],
)  # fmt: skip
async def test_the_summary_says_why_what_and_how_it_is_known(
    world: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        for word in words:
            assert word in case.ending["summary"], case.ending["summary"]
