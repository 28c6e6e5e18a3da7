"""Where two things are wrong, the code misleads, or a fact cannot be read: the right cause or an honest unknown, never a wrong change."""

from pathlib import Path

import pytest

from sandbox.roles import Role
from tests.engine.driver import Driver, driving, ended
from tests.matrix.least_privilege_scenes import all_roles

READS = sorted(action for action in all_roles() if action.casefold().endswith("/read"))
WORLDS = ("locked_group", "full_collection", "extension_failed", "agent_options", "nsg_blocks_storage", "hidden_lock")
HIDDEN_LOCK = {
    "name": "hidden_lock",
    "title": "an internal error, so it seems",
    "lock": [{"scope": "group:AzureBackupRG_westeurope_1", "name": "no-delete"}],
    "machine": [
        {
            "name": "web-01",
            "restore_points": 18,
            "failure": {"code": "BackUpOperationFailed"},
            "expect": {"cause": "backup_group_locked", "outcome": "remediated", "recurs": True},
        }
    ],
}
NAMES_NOTHING = ("unknown", "")
TRIES_ANYWAY = {"backup.trigger", "run_command.write", "run_command.delete", "alert.close"}
"""What may be tried on the way to an honest unknown: a backup, and a look inside the guest."""


def kinds(driver: Driver) -> list[str]:
    return [change["kind"] for change in driver.box.changes()]


async def played(driver: Driver) -> list[tuple[str, str]]:
    """Cause and outcome of each case."""
    await driver.announce_all()
    return [(case.cause, case.outcome) for case in await driver.run()]


@pytest.mark.parametrize("world", ["misleading_code", "two_causes", "two_causes_inside"])
async def test_what_lies_behind_comes_to_light_when_what_is_before_it_is_mended(
    world: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        assert ended([case]) == driver.declared()
        assert any("the backup fails with" in note["text"] for note in case.timeline)
        assert len(case.before) == 1 and case.before[0]["cause"] in case.ending["summary"]


async def test_two_failures_that_bring_up_each_other_do_not_go_round_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ping, pong = "BackUpOperationFailed", "UserErrorBackupOperationInProgress"
    machine = {"name": "web-01", "next_failures": [pong, ping] * 12, "failure": {"code": ping}}
    world = {"name": "round", "title": "for a test", "machine": [machine]}
    async with driving(world, tmp_path, monkeypatch) as driver:
        [(_, outcome)] = await played(driver)
        assert outcome == "needs a person" and kinds(driver).count("backup.trigger") <= 4


@pytest.mark.parametrize("missing", READS)
@pytest.mark.parametrize("world", WORLDS)
async def test_without_a_right_to_read_there_is_no_wrong_change(
    world: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared_world = HIDDEN_LOCK if world == "hidden_lock" else world
    async with driving(declared_world, tmp_path / "whole", monkeypatch) as driver:
        await played(driver)
        due = set(kinds(driver))
        [declared] = {(cause, outcome) for cause, outcome, _ in driver.declared().values()}
    role = Role(tuple(action for action in all_roles() if action != missing))
    async with driving(declared_world, tmp_path / "less", monkeypatch, role=role) as driver:
        [(cause, outcome)] = await played(driver)
        right = cause == declared[0]
        assert right or cause in NAMES_NOTHING, (cause, outcome)
        assert set(kinds(driver)) <= (due if right else TRIES_ANYWAY | due & {"backup.trigger"}), (cause, kinds(driver))
