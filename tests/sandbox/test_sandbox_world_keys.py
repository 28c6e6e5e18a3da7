"""What a world may declare, and what its keys make Azure show."""

from pathlib import Path
from typing import Any

import pytest
from sandbox_arm import World, one_machine

from sandbox.__main__ import main
from sandbox.world_keys import BadWorld

TRIGGER = {"properties": {"objectType": "IaasVMBackupRequest"}}


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"restore_point": 3}, "machine 'web-01': unknown key 'restore_point'"),
        ({"failure": {"kode": "x"}}, "machine 'web-01'.failure: unknown key 'kode'"),
        ({"expect": {"ending": "x"}}, "machine 'web-01'.expect: unknown key 'ending'"),
        ({"expect": {"decision": "maybe"}}, "machine 'web-01'.expect: decision = 'maybe'"),
        ({"extensions": [{"name": "a", "kind": "b"}]}, "machine 'web-01'.extensions: unknown key 'kind'"),
        ({"_world": {"lokc": []}}, "the world: unknown key 'lokc'"),
        ({"_world": {"lock": [{"name": "a", "scop": "x"}]}}, "lock 'a': unknown key 'scop'"),
        ({"_world": {"vault": {"immutability": "Open"}}}, "vault: immutability = 'Open'"),
        ({"_world": {"vault": {"guard_protects": ["restore"]}}}, "vault: guard_protects = 'restore'"),
    ],
)
async def test_an_unknown_key_or_value_is_refused_by_name(world: World, declared: dict[str, Any], said: str) -> None:
    with pytest.raises(BadWorld) as refused:
        await world(one_machine(**declared))
    assert str(refused.value).startswith(said)


def test_a_world_file_with_an_unknown_key_is_refused_at_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "x"\n[[machine]]\nname = "a"\ncleanup_stuk = true\n')
    assert main(["--world", str(path)]) == 2
    assert "unknown key 'cleanup_stuk'" in capsys.readouterr().err


async def test_cases_tell_the_decision_and_whether_the_failure_recurs(world: World) -> None:
    told = {}
    for name in ("whole_collection", "whole_collection_refused", "locked_group", "transient_failure"):
        [case] = (await (await world(name)).get("/_sandbox/world"))["cases"]
        told[name] = (case["decision"], case["recurs"])
    assert told == {
        "whole_collection": ("approve", False),
        "whole_collection_refused": ("reject", False),
        "locked_group": ("", True),
        "transient_failure": ("", False),
    }


async def test_tags_of_machine_and_vault_show_wherever_arm_shows_them(world: World) -> None:
    arm = await world(one_machine(tags={"env": "test"}, _world={"vault": {"tags": {"owner": "cloud"}}}))
    assert (await arm.get(arm.machine))["tags"] == {"env": "test"}
    assert (await arm.get(arm.vault))["tags"] == {"owner": "cloud"}
    listed = (await arm.get(f"{arm.sub}/resources"))["value"]
    assert {one["id"]: one["tags"] for one in listed if "tags" in one} == {
        arm.machine: {"env": "test"},
        arm.vault: {"owner": "cloud"},
    }
    query = {"query": "resources | where isnotnull(tags) | project id, tags"}
    found = await arm("POST", "/providers/Microsoft.ResourceGraph/resources", query, version="2021-03-01")
    assert {"env": "test"} in [row["tags"] for row in found.body["data"]]


@pytest.mark.parametrize("state", ["Disabled", "Unlocked", "Locked"])
async def test_a_vault_shows_its_immutability_and_soft_delete_and_takes_backups_all_the_same(
    world: World, state: str
) -> None:
    arm = await world(one_machine(_world={"vault": {"immutability": state}}))
    shown = (await arm.get(arm.vault))["properties"]["securitySettings"]
    assert shown["immutabilitySettings"] == {"state": state}
    assert shown["softDeleteSettings"] == {"softDeleteState": "Enabled", "softDeleteRetentionPeriodInDays": 14}
    assert (await arm("POST", f"{arm.item}/backup", TRIGGER)).status == 202


async def test_a_soft_deleted_item_says_so_and_takes_no_backup(world: World) -> None:
    arm = await world(one_machine(soft_deleted=True))
    shown = (await arm.get(arm.item))["properties"]
    assert shown["protectionState"] == "ProtectionStopped"
    assert shown["isScheduledForDeferredDelete"] is True
    assert shown["deferredDeleteTimeInUTC"] == "2026-03-16T01:30:00Z"
    assert shown["deferredDeleteTimeRemaining"] == "13.23:00:00"
    refused = await arm("POST", f"{arm.item}/backup", TRIGGER)
    assert (refused.status, refused.body["error"]["code"]) == (400, "BMSUserErrorDataSourceInDeferredDeleteState")
    jobs = len(arm.box.model.jobs)
    await arm.box.advance(arm.box.now.replace(day=4))
    assert len(arm.box.model.jobs) == jobs
    healthy = (await (await world(one_machine())).get(arm.item))["properties"]
    assert "isScheduledForDeferredDelete" not in healthy
