"""Permissions, denials, vaults, counts and alerts, through the genuine SDK's pipeline against the sandbox."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.arm import ids
from gateway.arm.errors import NotFound
from gateway.arm.needs import actions_of
from gateway.arm.reads import Reads
from gateway.arm.starts import Starts
from sandbox.arm.rbac import Role
from tests.engine.driver import driving

DELETE_LOCK = "Microsoft.Authorization/locks/delete"


@pytest.mark.parametrize("scope", ["/subscriptions/{s}", "/subscriptions/{s}/resourceGroups/{g}", "{m}"])
async def test_our_permissions_are_those_of_our_role(
    scope: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = Role(("*/read", "Microsoft.Authorization/locks/*"), (DELETE_LOCK,))
    async with driving("locked_group", tmp_path, monkeypatch, role=role) as driver:
        machine = (await driver.engine.reads.item(driver.world["cases"][0]["item"])).machine_id
        at = scope.format(s=ids.subscription(machine), g=ids.group(machine), m=machine)
        found = await driver.engine.reads.permissions(at)
        assert found.allows("Microsoft.Authorization/locks/WRITE") and found.allows("Microsoft.Compute/x/read")
        assert not found.allows(DELETE_LOCK) and not found.allows("Microsoft.Compute/x/delete")


async def test_a_vault_tells_its_tags_and_whether_it_is_immutable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = {"immutability": "Locked", "tags": {"env": "prod"}}
    world: dict[str, Any] = {"name": "v", "title": "t", "vault": vault, "machine": [{"name": "a", "tags": {"x": "1"}}]}
    async with driving(world, tmp_path, monkeypatch) as driver:
        reads, item = driver.engine.reads, driver.world["cases"][0]["item"]
        found = await reads.vault(ids.ItemId.parse(item).vault_id, driver.box.now)
        assert (found.immutability, found.tags, found.location) == ("Locked", {"env": "prod"}, "westeurope")
        assert found.soft_delete
        assert (await reads.machine((await reads.item(item)).machine_id)).tags == {"x": "1"}
        before = len(driver.box.requests())
        await reads.vault(ids.ItemId.parse(item).vault_id, driver.box.now)
        assert len(driver.box.requests()) == before


async def test_items_are_counted_by_vault_and_by_region_once_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = {"name": "v", "title": "t", "machine": [{"name": f"m-{n:02}"} for n in range(12)]}
    async with driving(world, tmp_path, monkeypatch) as driver:
        reads, now = driver.engine.reads, driver.box.now
        vault = ids.ItemId.parse(driver.world["cases"][0]["item"]).vault_id
        everywhere = (ids.subscription(vault),)

        async def counts(at: Any) -> list[int]:
            near = await reads.items_in_region(everywhere, "WestEurope", at)
            return [await reads.items_of_vault(vault, at), near, await reads.items_in_region(everywhere, "north", at)]

        assert await counts(now) == [12, 12, 0]
        asked = len(driver.box.requests())
        assert await counts(now + timedelta(hours=1)) == [12, 12, 0]
        assert len(driver.box.requests()) == asked
        await counts(now + timedelta(hours=1, seconds=1))
        assert len(driver.box.requests()) > asked


async def test_an_alert_is_closed_by_any_of_its_ids_and_reads_as_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving("full_collection", tmp_path, monkeypatch) as driver:
        await driver.box.advance(timedelta(hours=1))
        (alert,) = driver.box.model.alerts
        below = f"{ids.group_id(driver.world['cases'][0]['item'])}{alert.id.partition(ids.subscription(alert.id))[2]}"
        assert await driver.engine.reads.alert_state(below) == "New"
        started = await driver.engine.starts.close_alert(below)
        assert started.correlation and await driver.engine.reads.alert_state(alert.id) == "Closed"
        assert [c["kind"] for c in driver.box.changes()] == ["alert.close"]
        assert sum(r["path"].endswith("/changestate") for r in driver.box.requests()) == 1
        with pytest.raises(NotFound):
            await driver.engine.starts.close_alert(f"{alert.id}0")


@pytest.mark.parametrize("wrong", ["", "/subscriptions/s", "/providers/Microsoft.AlertsManagement/alerts/1", "garbage"])
def test_what_is_no_alert_is_never_asked_for(wrong: str) -> None:
    with pytest.raises(ValueError, match="not the id of an alert"):
        ids.alert_path(wrong)


async def test_a_whole_collection_is_deleted_by_one_request_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = {"name": "c", "title": "t", "machine": [{"name": "a", "restore_points": 3, "restore_group": "rpg"}]}
    async with driving(world, tmp_path, monkeypatch) as driver:
        reads, item = driver.engine.reads, await driver.engine.reads.item(driver.world["cases"][0]["item"])
        (own,) = [
            c
            for c in await reads.collections(ids.subscription(item.machine_id), driver.box.now)
            if ids.same(c.source_id, item.machine_id)
        ]
        started = await driver.engine.starts.delete_collection(own.id)
        assert started.operation and started.correlation
        assert sum(r["method"] == "DELETE" for r in driver.box.requests()) == 1
        await driver.box.advance(timedelta(hours=1))
        with pytest.raises(NotFound):
            await reads.collection(own.id)


@pytest.mark.parametrize("owner", [Reads, Starts])
def test_every_public_call_declares_its_actions_by_their_full_names(owner: type) -> None:
    public = {name for name in dir(owner) if not name.startswith("_")} - {"changed"}
    declared = actions_of(owner)
    assert set(declared) == public
    for actions in declared.values():
        assert actions and all(a.startswith("Microsoft.") and "*" not in a for a in actions)
        assert all(a.endswith(("/read", "/action", "/write", "/delete")) for a in actions)
