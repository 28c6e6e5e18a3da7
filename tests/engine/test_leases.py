"""Promise 4: what is borrowed is returned. The parts are called one by one, as a process that dies between them would."""

import shlex
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiohttp import web

from engine.changes import CaseChanges
from engine.journal import Journal
from engine.leases import TABLE, CaseLeases
from gateway.arm import ids
from gateway.arm.clients import Clients
from gateway.arm.model import Lock
from gateway.arm.starts import Starts
from remediations.contract import REMEDIATIONS, NeedsPerson, Scene, Target, TryLater
from remediations.facts import Facts
from tests.engine.driver import Driver, driving
from tests.remediations.made import GROUP, lock

Driving = AbstractAsyncContextManager[Driver]
GROUP_LOCK = {"scope": "group:AzureBackupRG_westeurope_1", "name": "do-not-delete", "notes": "Ask 'Ops' first; $5."}


class Start(Protocol):
    def __call__(self, *locks: dict[str, Any], **more: Any) -> Driving: ...


@pytest.fixture
def locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Two machines in one restore point group, locked as told."""

    def start(*locks: dict[str, Any], **more: Any) -> Driving:
        shared = {
            "restore_points": 18,
            "restore_group": "AzureBackupRG_westeurope_1",
            "failure": {"code": "UserErrorRpCollectionLimitReached"},
        }
        machines = [{"name": name, **shared} for name in ("web-01", "web-02")]
        world = {"name": "leases", "title": "for a test", "machine": machines, "lock": list(locks or (GROUP_LOCK,))}
        return driving(world, tmp_path, monkeypatch, **more)

    return start


async def the_locks(driver: Driver) -> list[Lock]:
    return list(await driver.engine.reads.locks(driver.world["subscription"], driver.box.now))


async def borrow(driver: Driver, case_id: str, *, delete: bool = True) -> list[Lock]:
    """What the fix does, without the rest of a case."""
    locks = await the_locks(driver)
    for one in locks:
        assert await driver.engine.leases.take(case_id, one, GROUP, driver.box.now)
        if delete:
            await driver.engine.starts.delete_lock(one)
    driver.engine.reads.changed("locks", driver.world["subscription"])
    return locks


def writes(driver: Driver) -> list[str]:
    return [change["kind"] for change in driver.box.changes()]


async def lease_value(driver: Driver, one: Lock) -> dict[str, Any]:
    row = await driver.engine.rows.get(TABLE, ids.key(ids.group_id(one.scope)), ids.key(one.id))
    assert row is not None
    return row.value


def scene(driver: Driver, case_id: str, item_id: str) -> Scene:
    """A case's scene with everything switched on."""
    e, now = driver.engine, driver.box.now
    facts = Facts(e.reads, item_id, now, e.leases.out_of)
    changes = CaseChanges(e.reads, e.starts, Journal(e.rows, case_id), facts, item_id, now, "")
    return Scene(
        Target(item_id, "UserErrorRpCollectionLimitReached", now),
        facts,
        changes,
        CaseLeases(e.leases, case_id, now),
        now,
        now,
    )


async def test_the_lock_lies_whole_in_the_store_before_its_deletion_is_asked_for(locked: Start) -> None:
    faults = {"rules": [{"kind": "503", "method": "DELETE", "path_contains": "/locks/", "times": 50}]}
    async with locked(faults=faults) as driver:
        await driver.announce()
        while not any(r["method"] == "DELETE" for r in driver.box.requests()):
            await driver.turn()
        (one,) = await the_locks(driver)
        stored = await lease_value(driver, one)
        assert Lock.from_json(stored["lock"]) == one
        assert stored["state"] == "out" and writes(driver) == []


async def test_nothing_is_deleted_where_the_lease_cannot_be_stored(locked: Start, tmp_path: Path) -> None:
    async with locked() as driver:
        (one,) = await the_locks(driver)
        await driver.engine.leases.take("dead", one, GROUP, driver.box.now)
        row = await driver.engine.rows.get(TABLE, ids.key(ids.group_id(one.scope)), ids.key(one.id))
        assert row is not None
        await driver.engine.rows.replace(TABLE, row, {**row.value, "state": "returning"})
        fix = REMEDIATIONS["remove_backup_group_locks"].run
        assert isinstance(await fix(scene(driver, "c", driver.world["cases"][0]["item"])), TryLater)
        assert writes(driver) == [] and await driver.locks() == driver.locks_at_start


async def test_a_crash_between_storing_and_deleting_leaves_the_lock_as_it_was(locked: Start) -> None:
    async with locked() as driver:
        await borrow(driver, "dead", delete=False)
        assert (await driver.reap())["returned"] == 1
        assert writes(driver) == [] and await driver.locks() == driver.locks_at_start
        assert await driver.engine.leases.all() == []


@pytest.mark.parametrize("level", ["CanNotDelete", "ReadOnly"])
@pytest.mark.parametrize("notes", [None, "", "Ask 'Ops' first; $5.", 'Straße "x"\n二'])
async def test_after_a_crash_behind_the_deletion_the_reaper_writes_the_very_same_lock(
    locked: Start, level: str, notes: str | None
) -> None:
    told = {**GROUP_LOCK, "level": level}
    told = {**told, "notes": notes} if notes is not None else {k: v for k, v in told.items() if k != "notes"}
    async with locked(told) as driver:
        await borrow(driver, "dead")
        assert await driver.locks() == []
        assert (await driver.reap())["returned"] == 1
        assert await driver.locks() == driver.locks_at_start
        assert writes(driver) == ["lock.delete", "lock.write"]
        assert (await driver.reap())["returned"] == 0
        assert writes(driver) == ["lock.delete", "lock.write"]


@pytest.mark.parametrize("marked", [False, True])
async def test_a_crash_between_writing_the_lock_and_marking_it_does_not_write_it_twice(
    locked: Start, marked: bool
) -> None:
    async with locked() as driver:
        (one,) = await borrow(driver, "dead")
        if marked:
            row = await driver.engine.rows.get(TABLE, ids.key(ids.group_id(one.scope)), ids.key(one.id))
            assert row is not None
            await driver.engine.rows.replace(TABLE, row, {**row.value, "state": "returning"})
        await driver.engine.starts.write_lock(one)
        assert (await driver.reap())["returned"] == 1
        assert writes(driver) == ["lock.delete", "lock.write"]
        assert (await lease_value(driver, one))["note"] == ""


@pytest.mark.parametrize("fault", ["503", "drop", "drop_after"])
async def test_a_return_whose_answer_is_lost_is_looked_for_and_made_once(locked: Start, fault: str) -> None:
    faults = {"rules": [{"kind": fault, "method": "PUT", "path_contains": "/locks/"}]}
    async with locked(faults=faults) as driver:
        await borrow(driver, "dead")
        assert (await driver.reap())["returned"] == 0
        assert len(await driver.engine.leases.all()) == 1, "the debt is not forgotten"
        assert (await driver.reap())["returned"] == 1
        assert await driver.locks() == driver.locks_at_start
        assert writes(driver) == ["lock.delete", "lock.write"]


async def test_a_shared_lease_is_returned_by_the_last_holder_only(locked: Start) -> None:
    async with locked() as driver:
        leases, now = driver.engine.leases, driver.box.now
        await borrow(driver, "a")
        assert [one.name for one in await leases.join("b", GROUP.upper()) or ()] == ["do-not-delete"]
        assert await leases.release("a", now) == []
        assert await driver.locks() == []
        assert await leases.release("b", now) == []
        assert await driver.locks() == driver.locks_at_start
        assert writes(driver) == ["lock.delete", "lock.write"]


async def test_the_reaper_leaves_a_lease_that_one_living_case_still_holds(locked: Start) -> None:
    async with locked() as driver:
        living = (await driver.announce())["case"]
        await borrow(driver, "dead")
        await driver.engine.leases.join(living, GROUP)
        assert (await driver.reap())["returned"] == 0
        assert await driver.locks() == []


async def test_a_lock_is_back_at_its_deadline_though_the_case_still_works(locked: Start) -> None:
    async with locked() as driver:
        living = (await driver.announce())["case"]
        await borrow(driver, living)
        await driver.box.advance(timedelta(hours=47, minutes=59))
        assert (await driver.reap())["returned"] == 0
        await driver.box.advance(timedelta(minutes=2))
        assert (await driver.reap())["returned"] == 1
        assert await driver.locks() == driver.locks_at_start


async def test_joining_does_not_push_the_deadline_back(locked: Start) -> None:
    async with locked() as driver:
        (one,) = await borrow(driver, "a")
        before = (await lease_value(driver, one))["deadline"]
        later = driver.box.now + timedelta(hours=20)
        assert await driver.engine.leases.take("b", one, GROUP, later)
        await driver.engine.leases.join("c", GROUP)
        assert (await lease_value(driver, one))["deadline"] == before


async def test_a_lock_that_is_on_its_way_back_cannot_be_joined_and_the_fix_waits_for_it(locked: Start) -> None:
    """Else the case would go on under a lock that returns any moment, and wait twelve hours for nothing."""
    async with locked() as driver:
        (one,) = await borrow(driver, "dead")
        row = await driver.engine.rows.get(TABLE, ids.key(ids.group_id(one.scope)), ids.key(one.id))
        assert row is not None
        await driver.engine.rows.replace(TABLE, row, {**row.value, "state": "returning"})
        assert await driver.engine.leases.join("b", GROUP) is None
        assert not await driver.engine.leases.take("b", one, GROUP, driver.box.now)
        fix = REMEDIATIONS["remove_backup_group_locks"].run
        assert isinstance(await fix(scene(driver, "b", driver.world["cases"][0]["item"])), TryLater)


async def test_a_returned_lock_can_be_borrowed_again(locked: Start) -> None:
    async with locked() as driver:
        await borrow(driver, "a")
        await driver.engine.leases.release("a", driver.box.now)
        await borrow(driver, "b")
        assert await driver.locks() == []
        await driver.engine.leases.release("b", driver.box.now)
        assert await driver.locks() == driver.locks_at_start


async def test_what_was_written_before_the_lock_was_borrowed_again_returns_nothing(locked: Start) -> None:
    async with locked() as driver:
        await borrow(driver, "twice")
        await driver.engine.leases.release("twice", driver.box.now)
        await driver.box.advance(driver.box.now + timedelta(hours=1))
        await borrow(driver, "twice", delete=False)  # what is read now may be an answer from before it went
        await driver.engine.leases.release("twice", driver.box.now)
        assert [r["method"] for r in driver.box.requests()].count("PUT") == 2


async def test_a_lock_that_somebody_put_there_meanwhile_is_left_as_it_is_and_that_is_said(locked: Start) -> None:
    async with locked() as driver:
        (one,) = await borrow(driver, "dead")
        theirs = replace(one, level="ReadOnly", notes="Put here by Kim.")
        await driver.engine.starts.write_lock(theirs)
        found = await driver.locks()
        assert (await driver.reap())["returned"] == 1
        assert await driver.locks() == found and writes(driver) == ["lock.delete", "lock.write"]
        assert "left as it is" in (await lease_value(driver, one))["note"]


async def test_one_lock_that_cannot_be_returned_does_not_keep_the_others_away(locked: Start) -> None:
    other = {**GROUP_LOCK, "name": "another"}
    faults = {"rules": [{"kind": "503", "method": "PUT", "path_contains": "/locks/another", "times": 1000}]}
    async with locked(other, GROUP_LOCK, faults=faults) as driver:
        living = (await driver.announce())["case"]
        await borrow(driver, living)
        with pytest.raises(Exception, match="another"):
            await driver.engine.leases.release(living, driver.box.now)
        assert [one["name"] for one in await driver.locks()] == ["do-not-delete"]


async def test_a_lock_whose_scope_is_gone_does_not_hold_the_case_open_for_ever(locked: Start) -> None:
    async with locked() as driver:
        case_id = (await driver.announce())["case"]
        while "lock.delete" not in writes(driver):
            await driver.turn()
        # Somebody stops the protection and deletes the group by hand while the lock is lifted.
        for item in list(driver.box.model.items):
            driver.box.model.items.put(replace(item, protection_state="ProtectionStopped"))
        for table in (driver.box.model.restore_points, driver.box.model.collections):
            for row in list(table):
                table.remove(row.id)
        driver.box.model.groups.remove(GROUP)
        await driver.run(turns=150)
        got = await driver.engine.cases.get(case_id)
        assert got is not None and got[0].closed


@pytest.mark.parametrize("scope", [GROUP, f"{GROUP}/providers/Microsoft.Compute/snapshots/s (1)"])
@pytest.mark.parametrize("notes", [None, "Ask first.", 'Kim\'s; $(rm) `x` "y"'])
async def test_the_az_command_of_the_record_gives_the_lock_back_as_it_was(
    locked: Start, scope: str, notes: str | None
) -> None:
    async with locked() as driver:
        one = lock(scope, "o'brien", notes=notes, level="ReadOnly")
        await driver.engine.leases.take("a", one, GROUP, driver.box.now)
        (lease,) = await driver.engine.leases.all()
        words = shlex.split(lease.command)
        said = dict(zip(words[3::2], words[4::2], strict=True))
        assert words[:3] == ["az", "lock", "create"]
        assert (said["--name"], said["--lock-type"], said.get("--notes")) == ("o'brien", "ReadOnly", notes)
        assert said["--subscription"] == ids.subscription(GROUP)
        assert said.get("--resource", "") == ("" if scope == GROUP else scope)
        assert said.get("-g", "") == (ids.group(GROUP) if scope == GROUP else "")


async def test_an_inherited_lock_is_never_lifted_nor_borrowed(locked: Start) -> None:
    above = {"scope": "subscription", "name": "landing-zone"}
    async with locked(above, GROUP_LOCK) as driver:
        fix = REMEDIATIONS["remove_backup_group_locks"].run
        result = await fix(scene(driver, "c", driver.world["cases"][0]["item"]))
        assert isinstance(result, NeedsPerson) and "landing-zone" in result.instructions
        assert writes(driver) == [] and await driver.engine.leases.all() == []


@asynccontextmanager
async def recorder(taken: list[Any]) -> AsyncIterator[str]:
    """A server that takes whatever is PUT; the sandbox keeps no owners of a lock."""

    async def take(request: web.Request) -> web.Response:
        if "token" in request.path:
            return web.json_response(
                {"access_token": "t", "expires_on": "4102444800", "token_type": "Bearer", "resource": "r"}
            )
        taken.append(await request.json())
        return web.json_response({"id": request.path, "name": "n", "properties": taken[-1]["properties"]}, status=201)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_owners_level_and_notes_go_back_over_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Any] = []
    async with recorder(taken) as url:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/token")
        monkeypatch.setenv("IDENTITY_HEADER", "x")
        clients = Clients(url)
        try:
            owned = lock(level="ReadOnly", notes="Mine.", owners=("app-1", "app-2"))
            await Starts(clients).write_lock(Lock.from_json(owned.to_json()))
        finally:
            await clients.close()
    owners = [{"applicationId": "app-1"}, {"applicationId": "app-2"}]
    assert taken == [{"properties": {"level": "ReadOnly", "notes": "Mine.", "owners": owners}}]


async def test_a_lock_is_returned_though_a_thousand_were_returned_before_it(locked: Start) -> None:
    async with locked() as driver:
        old = {"lock": lock(GROUP, "old").to_json(), "group": GROUP, "holders": [], "state": "returned"}
        for number in range(1001):
            row = {**old, "deadline": "2026-01-01T00:00:00+00:00", "taken": "2026-01-01T00:00:00+00:00"}
            await driver.engine.rows.insert(TABLE, "/a", f"{number:04}", row)
        await borrow(driver, "a")
        assert [lease.holders for lease in await driver.engine.leases.all()] == [("a",)]
        assert await driver.engine.leases.release("a", driver.box.now) == []
        assert await driver.locks() == driver.locks_at_start
