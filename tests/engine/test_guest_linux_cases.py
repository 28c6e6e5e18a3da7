"""Cases on Linux guests from their announcement to their end: a person is asked by number, and who says no is left alone."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.driver import driving

STALE: dict[str, Any] = {
    "name": "db-01",
    "os": "Linux",
    "guest": {"common": {"goal_state": {"files": 23, "errors": 3}}},
    "failure": {"code": "GuestAgentSnapshotTaskStatusError"},
}


@pytest.mark.parametrize(
    ("decision", "outcome", "moved"), [("approve", "remediated", True), ("reject", "needs a person", False)]
)
async def test_stale_files_go_only_after_a_person_agreed_to_their_number(
    decision: str, outcome: str, moved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = {**STALE, "expect": {"decision": decision}}
    async with driving({"name": "stale", "title": "t", "machine": [machine]}, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        asked = [
            note["text"] for note in case.timeline if "23 file(s)" in note["text"] and "NeedsApproval" in note["text"]
        ]
        assert len(asked) == 1 and case.outcome == outcome
        [guest] = list(driver.box.model.guests)
        assert (guest.common["goal_state"]["files"] == 0) is moved
        kinds = [change["kind"] for change in driver.box.changes()]
        assert kinds == ["run_command.write", "run_command.delete"] * (2 if moved else 1) + ["backup.trigger"] * moved


async def test_a_busy_machine_is_backed_up_hours_later_and_not_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("machine_busy", tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        at = [change["at"] for change in driver.box.changes() if change["kind"] == "backup.trigger"]
        assert case.outcome == "remediated" and len(at) == 1 and "T05:" in str(at[0]).replace(" ", "T")


async def test_a_distribution_without_a_newer_agent_is_a_persons_matter_and_no_backup_is_wasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("linux_agent_too_old", tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        assert "the distribution" in case.ending["instructions"]
        assert [change["kind"] for change in driver.box.changes()] == ["run_command.write", "run_command.delete"]
