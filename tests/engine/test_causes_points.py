"""Eighteen restore points of which none is overdue: too many are made, and a person is told what to change."""

import re
from pathlib import Path
from typing import Any

import pytest

from engine.causes.contract import CAUSES, Verdict
from remediations.facts import Facts, Unknown
from sandbox.model import Collection
from tests.engine.driver import Driver, driving

CAUSE = "policy_keeps_too_many"
FULL = {"restore_points": 18, "failure": {"code": "UserErrorRpCollectionLimitReached"}}


def world(policy: dict[str, Any], **machine: Any) -> dict[str, Any]:
    return {"name": "many", "title": "t", "policy": policy, "machine": [{"name": "web-01", **FULL, **machine}]}


async def verdict(driver: Driver) -> Verdict:
    item = driver.world["cases"][0]["item"]
    return await CAUSES[CAUSE].examine(Facts(driver.engine.reads, item, driver.box.now, driver.engine.leases.out_of))


async def test_the_days_that_fit_are_reckoned_and_the_change_is_spelled_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(CAUSE, tmp_path, monkeypatch) as driver:
        await driver.announce_all()
        [case] = await driver.run()
        told = case.ending["instructions"]
        assert "18 restore points, none past the 5 days for which DailyPolicy keeps them" in case.ending["reason"]
        assert "makes 1 a day, which is 5 in that time" in case.ending["reason"]
        assert "`instantRpRetentionRangeInDays` in it from 5 to 3" in told and "What it costs" in told
        for command in ("az backup policy show", "az backup policy set", "az backup job list", "backup-now"):
            assert command in told
        assert all("--subscription" in one for one in re.findall(r"`(az [^`]*)`", told))
        assert driver.box.changes() == []


@pytest.mark.parametrize(
    ("policy", "machine", "why"),
    [
        ({"snapshot_days": 5}, {}, "are past their retention"),
        ({"snapshot_days": 5}, {"backups_a_day": 4, "restore_points": 17}, "the limit is 18"),
        ({"snapshot_days": 5, "version": "V2"}, {"backups_a_day": 4}, "Enhanced policy"),
    ],
)
async def test_it_is_ruled_out_where_clean_up_lags_or_the_number_proves_nothing(
    policy: dict[str, Any], machine: dict[str, Any], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world(policy, **machine), tmp_path, monkeypatch) as driver:
        found = await verdict(driver)
        assert found.says == "ruled out" and why in found.reason


async def test_points_that_somebody_else_made_are_not_laid_at_the_policys_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = world({"snapshot_days": 5}, backups_a_day=4, restore_points=8)
    async with driving(declared, tmp_path, monkeypatch) as driver:
        state = driver.box.model
        [own] = list(state.collections)
        other = state.collections.put(
            Collection(f"{own.id}_elsewhere", own.group, f"{own.name}_elsewhere", own.location, own.machine, own.guid)
        )
        for number, point in enumerate([*state.restore_points.under(own.id)] * 2):
            name = f"{point.name}_{number}"
            moved = {"id": f"{other.id}/restorePoints/{name}", "collection": other.id, "name": name}
            state.restore_points.put(type(point)(**{f: getattr(point, f) for f in point.__slots__} | moved))
        with pytest.raises(Unknown, match="16 of the 24 restore points were made by others"):
            await verdict(driver)


async def test_a_schedule_that_makes_too_many_by_itself_lays_nothing_at_anybodys_door(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(world({"snapshot_days": 30}), tmp_path, monkeypatch) as driver:
        found = await verdict(driver)
        assert found.says == "confirmed" and "on demand" not in found.reason + found.instructions
        assert "from 30 to 16" in found.instructions
