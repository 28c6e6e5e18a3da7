"""Every fix may run twice: the second run finds its work done, and changes nothing."""

from datetime import datetime
from pathlib import Path

import pytest

from remediations.contract import REMEDIATIONS, Done, Learned, NeedsApproval, NotApplicable, NothingToDo, Result
from tests.engine.driver import Driver, driving
from tests.remediations.stage import follow

WHERE = {
    "cancel_backup_job": "backup_stuck",
    "delete_restore_point_collection": "full_collection",
    "enable_provider_service": "provider_service_off",
    "probe_guest": "agent_options",
    "reapply_machine": "reapply_heals",
    "redeploy_machine": "agent_redeploy",
    "reinstall_snapshot_extension": "extension_failed",
    "remove_backup_group_locks": "locked_group",
    "remove_stale_goal_state_files": "stale_goal_state",
    "restart_com_services": "com_services_off",
    "restart_guest_agent": "agent_needs_restart",
    "restart_machine": "agent_restart",
    "restart_vss_services": "vss_writers_failed",
    "set_agent_options": "agent_options",
    "trigger_backup": "transient_failure",
    "update_linux_agent": "linux_agent_outdated",
}
"""A world in which each fix has work to do."""
AGREED = {"second_lift": "agreed", "files_agreed": 100}


def lasting(driver: Driver) -> list[tuple[str, str]]:
    """What was changed for good; a run command comes and goes with each look."""
    made = [(change["kind"], change["id"]) for change in driver.box.changes()]
    return [one for one in made if not one[0].startswith("run_command.")]


async def followed(driver: Driver, fix: str, failed_at: datetime) -> Result:
    """The same step from its beginning to its end, where a person agrees to whatever it asks."""
    told = {"code": driver.world["cases"][0]["code"], "failed_at": failed_at, "since": failed_at}
    result = await follow(driver, fix, params=AGREED, **told)
    if isinstance(result, NeedsApproval):
        result = await follow(driver, fix, params={**AGREED, **result.params}, **told)
    return result


@pytest.mark.parametrize("fix", sorted(REMEDIATIONS))
async def test_the_second_run_changes_nothing(fix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(WHERE[fix], tmp_path, monkeypatch) as driver:
        failed_at = driver.box.now
        first = await followed(driver, fix, failed_at)
        assert isinstance(first, Done | Learned), first
        after, guests = lasting(driver), list(driver.box.model.guests)
        second = await followed(driver, fix, failed_at)
        assert isinstance(second, Done | NothingToDo | NotApplicable | Learned), second
        assert lasting(driver) == after and list(driver.box.model.guests) == guests
        assert list(driver.box.model.run_commands) == []
