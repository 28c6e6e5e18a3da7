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
        ("agent_dead", ["db-01", "guest_agent_not_ready", "reapplied db-01", "needs a person"]),
        ("unknown_code", ["UserErrorQuiesceBrokerUnreachable", "no runbook knows the code", "nothing was changed"]),
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


async def test_the_summary_says_who_agreed_and_when_the_failure_will_be_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("locked_group", tmp_path, monkeypatch, mode="approve") as driver:
        await driver.announce()
        while (found := (await driver.engine.cases.newest(driver.box.now))[0]).phase != "ask":
            await driver.turn()
        await driver.decide(found, "approve")
        (case,) = await driver.run()
        assert "Approved by Ada on call. Done: " in case.ending["summary"]
        assert f"recurs about {case.recurs_about}" in case.ending["summary"]
