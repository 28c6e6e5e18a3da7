"""Faults on demand, and stopping one request so that its client can be ended right there."""

import asyncio
from typing import Any

import aiohttp
import pytest
from sandbox_arm import LOCKED, World, one_machine

RG = "/resourceGroups/AzureBackupRG_westeurope_1"


@pytest.mark.parametrize("kind", ["429", "500", "503", "504", "409"])
async def test_a_fault_by_rule_strikes_the_nth_request_that_fits_and_changes_nothing(world: World, kind: str) -> None:
    rule = {"method": "DELETE", "path_contains": "/locks/", "nth": 2, "kind": kind}
    arm = await world(one_machine(_world=LOCKED), faults=[rule])
    path = f"{arm.sub}{RG}/providers/Microsoft.Authorization/locks/"
    assert (await arm("DELETE", path + "unknown")).status == 204
    assert (await arm("DELETE", path + "keep")).status == int(kind)
    assert arm.box.changes() == []
    assert arm.box.requests()[-1]["fault"] == kind
    assert (await arm("DELETE", path + "keep")).status == 200


@pytest.mark.parametrize(("kind", "changed"), [("drop", 0), ("drop_after", 1)])
async def test_a_lost_request_was_not_handled_and_a_lost_answer_was(world: World, kind: str, changed: int) -> None:
    arm = await world(one_machine(), faults=[{"method": "POST", "path_contains": "/backup", "kind": kind}])
    with pytest.raises(aiohttp.ClientError):
        await arm.start_backup()
    assert [change["kind"] for change in arm.box.changes()] == ["backup.trigger"] * changed
    assert arm.box.requests()[-1]["fault"] == kind
    assert (await arm("GET", arm.item)).status == 200


async def test_a_stale_read_shows_what_was_there_before(world: World) -> None:
    arm = await world(one_machine(_world=LOCKED), faults=[{"path_contains": "/locks", "nth": 3, "kind": "stale"}])
    path = f"{arm.sub}{RG}/providers/Microsoft.Authorization/locks"
    before = await arm.get(path)
    assert (await arm("DELETE", path + "/keep")).status == 200
    assert await arm.get(path) == before
    assert (await arm.get(path))["value"] == []


async def test_faults_by_chance_are_the_same_for_the_same_seed(world: World) -> None:
    async def statuses() -> list[int]:
        faults = {"seed": 5, "rate": 0.5, "kinds": ["429", "500", "503"]}
        arm = await world(one_machine(), faults=faults)
        return [(await arm("GET", arm.item)).status for _ in range(20)]

    first = await statuses()
    assert first == await statuses()
    assert {200, 429} <= set(first)


async def test_the_control_surface_and_the_tokens_are_never_faulted(world: World) -> None:
    arm = await world(one_machine(), faults={"rate": 1.0, "kinds": ["500"]})
    assert (await arm("GET", arm.item)).status == 500
    assert (await arm("GET", "/_sandbox/clock")).status == 200
    headers = {"X-IDENTITY-HEADER": arm.box.identity_header}
    assert (await arm("GET", "/msi/token", headers=headers)).status == 200


async def test_an_unknown_kind_of_fault_is_refused_at_the_start(world: World) -> None:
    with pytest.raises(ValueError, match="unknown fault kind 'explode'"):
        await world(one_machine(), faults=[{"kind": "explode"}])


async def held(arm: Any) -> dict[str, Any]:
    return (await arm("GET", "/_sandbox/held?timeout=5", version=None)).body


@pytest.mark.parametrize(("when", "changes"), [("before", 0), ("after", 1)])
async def test_a_held_request_waits_before_or_after_it_is_handled_until_released(
    world: World, when: str, changes: int
) -> None:
    arm = await world(one_machine())
    await arm("POST", "/_sandbox/hold", {"n": 2, "when": when})
    await arm.get(arm.item)
    started = asyncio.create_task(arm.start_backup())
    assert (await held(arm)) == {"held": True, "n": 2, "method": "POST", "path": f"{arm.item}/backup"}
    assert len(arm.box.changes()) == changes
    await arm("POST", "/_sandbox/release")
    await started
    assert [change["kind"] for change in arm.box.changes()] == ["backup.trigger"]


@pytest.mark.parametrize(("when", "changes"), [("before", 0), ("after", 1)])
async def test_a_hold_ends_by_itself_when_its_client_is_gone(world: World, when: str, changes: int) -> None:
    arm = await world(one_machine())
    await arm("POST", "/_sandbox/hold", {"n": 1, "when": when})
    async with aiohttp.ClientSession() as mortal:
        arm.http, alive = mortal, arm.http
        started = asyncio.create_task(arm("DELETE", arm.collection))
        arm.http = alive
        assert (await held(arm))["held"]
        started.cancel()
        with pytest.raises(asyncio.CancelledError):
            await started
    async with asyncio.timeout(5), arm.box.pipeline.hold.changed:
        await arm.box.pipeline.hold.changed.wait_for(lambda: arm.box.pipeline.hold.held is None)
    assert (await arm("GET", arm.item)).status == 200
    assert len(arm.box.changes()) == changes


async def test_asking_for_a_held_request_gives_up_after_its_timeout(world: World) -> None:
    arm = await world(one_machine())
    assert (await arm("GET", "/_sandbox/held?timeout=0.01", version=None)).body == {"held": False}
