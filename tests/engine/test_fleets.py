"""Many machines with one cause: one plan, one answer, one machine first, growing batches, and a stop where it does not help."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.case import Case
from engine.fleets import BAD, GONE, GOOD, MEMBERS, WINDOW, Fleets, Member, Word
from engine.limits.slots import Slots
from gateway.store.sqlite_rows import SqliteRows
from tests.engine.driver import Driver, driving, ended

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
ASKS = '[modes]\nbackup = "auto"\nextension = "approve"\n[limits]\nincident_items = 1000\nincident_percent = 100\n'
AUTO = ASKS.replace('"approve"', '"auto"')
HEALTHY_SHARE = "machines_per_vault_and_hour_percent = 100\n"


def member(name: str, at: datetime = NOW) -> Member:
    return Member(name, f"vm-{name}", at.isoformat(), ((f"/{name}/ext",), ()))


@pytest.fixture
async def fleets(tmp_path: Path) -> AsyncIterator[Fleets]:
    rows = SqliteRows(str(tmp_path / "store.db"))
    yield Fleets(rows, Slots(rows))
    await rows.close()


async def joined(fleets: Fleets, *names: str) -> str:
    return [await fleets.join("build", member(name), NOW) for name in names][-1]


async def says(fleets: Fleets, fleet: str, *names: str, most_bad: int = 20) -> list[str]:
    return [(await fleets.turn_of(await fleets.get(fleet), name, most_bad)).says for name in names]


async def test_who_shares_the_cause_within_the_hour_is_one_fleet_and_joining_again_changes_nothing(
    fleets: Fleets,
) -> None:
    first = await fleets.join("Build 1", member("a"), NOW)
    assert await fleets.join("BUILD 1", member("b"), NOW + WINDOW) == first
    assert await fleets.join("build 1", member("a", NOW + WINDOW), NOW + WINDOW) == first
    assert await fleets.join("build 2", member("c"), NOW) != first
    assert [m.case for m in (await fleets.get(first)).members] == ["a", "b"]


@pytest.mark.parametrize("over", ["time", "asked", "healed", "full"])
async def test_who_comes_too_late_for_the_plan_begins_a_new_one(fleets: Fleets, over: str) -> None:
    first = await joined(fleets, "a", "b")
    if over == "asked":
        await fleets.ask(await fleets.get(first))
    if over == "healed":
        await fleets.settle(first, "a", GOOD)
    if over == "full":
        await joined(fleets, *(f"m{n}" for n in range(MEMBERS - 2)))
    late = NOW + WINDOW + timedelta(seconds=1) if over == "time" else NOW + timedelta(minutes=1)
    assert await fleets.join("build", member("late", late), late) != first


async def test_the_first_goes_first_and_batches_grow_with_what_was_healed(fleets: Fleets) -> None:
    fleet = await joined(fleets, *"abcdefgh")
    assert await says(fleets, fleet, *"abcdefgh") == ["go", *["waits"] * 7]
    await fleets.settle(fleet, "a", GOOD)
    assert await says(fleets, fleet, *"bcd") == ["go", "waits", "waits"]
    await fleets.settle(fleet, "b", GOOD)
    assert await says(fleets, fleet, *"cdef") == ["go", "go", "waits", "waits"]
    await fleets.settle(fleet, "c", GOOD)
    await fleets.settle(fleet, "d", GOOD)
    assert await says(fleets, fleet, *"efgh") == ["go"] * 4


async def test_where_the_first_is_not_healed_the_others_are_asked_about_one_by_one(fleets: Fleets) -> None:
    fleet = await joined(fleets, *"abc")
    await fleets.settle(fleet, "a", BAD)
    assert await says(fleets, fleet, *"bc") == ["failed", "failed"]


async def test_it_stops_once_the_share_of_failures_is_too_large_and_not_before(fleets: Fleets) -> None:
    fleet = await joined(fleets, *"abcdefg")
    for name in "abcd":
        await fleets.settle(fleet, name, GOOD)
    await fleets.settle(fleet, "e", BAD)  # one of five: 20 %
    assert await says(fleets, fleet, "f") == ["go"]
    await fleets.settle(fleet, "f", BAD)
    assert await says(fleets, fleet, "g") == ["failed"]


async def test_who_ends_without_a_change_leaves_the_lead_to_the_next(fleets: Fleets) -> None:
    fleet = await joined(fleets, *"abc")
    await fleets.settle(fleet, "a", GONE)
    assert await says(fleets, fleet, *"bc") == ["go", "waits"]
    await fleets.settle(fleet, "b", GONE)
    assert await says(fleets, fleet, "c") == ["go"]


async def test_the_first_answer_for_all_stands(fleets: Fleets) -> None:
    fleet = await joined(fleets, *"ab")
    await fleets.say(fleet, Word("reject", "Ada", "t", "no", "a"))
    await fleets.say(fleet, Word("approve", "Bob", "t", "yes", "a"))
    word = (await fleets.get(fleet)).word
    assert word is not None and (word.answer, word.who) == ("reject", "Ada")


def fleet_world(many: int, **differs: Any) -> dict[str, Any]:
    """So many machines whose backup extension of one build failed in the same night."""
    machine = {
        "snapshot_extension": "Failed",
        "failure": {"code": "UserErrorVmProvisioningStateFailed"},
        "expect": {"cause": "snapshot_extension_failed", "outcome": "remediated"},
    }
    machines = [{**machine, "name": f"web-{n:02}", **differs} for n in range(1, many + 1)]
    return {"name": "fleet", "title": "for a test", "machine": machines}


async def play(driver: Driver, answers: dict[str, str]) -> tuple[list[Case], list[str]]:
    """The cases at their ends, and whose plans were asked about, in order; `answers` by machine, `*` for any."""
    await driver.announce_all()
    asked: list[str] = []
    while driver.runs.due:
        await driver.turn()
        for claim in await driver.engine.cases.open_claims():
            got = await driver.engine.cases.get(claim.case_id)
            if got and got[0].phase == "ask" and not await driver.engine.decisions.of(got[0].id, got[0].ask["hash"]):
                asked.append(got[0].machine)
                await driver.decide(got[0], answers.get(got[0].machine, answers.get("*", "reject")))
    return sorted(await driver.engine.cases.newest(driver.box.now, 90, 1000), key=lambda c: c.machine), asked


def deletions(driver: Driver) -> list[tuple[str, str]]:
    """Machine and time of each removal, in order."""
    made = [c for c in driver.box.changes() if c["kind"] == "extension.delete"]
    return [(c["id"].split("/")[-3], c["at"]) for c in made]


async def test_one_answer_serves_all_and_one_machine_is_proven_before_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driving(fleet_world(4), tmp_path, monkeypatch, policy=ASKS + HEALTHY_SHARE) as driver:
        cases, asked = await play(driver, {"*": "approve"})
        assert len(asked) == 1 and ended(cases) == driver.declared()
        leader = next(case for case in cases if case.machine == asked[0])
        assert {case for case, _, _ in leader.plan["fleet"]} == {c.id for c in cases if c.id != leader.id}
        made = deletions(driver)
        assert made[0][0] == leader.machine and len(made) == 4
        proven = leader.closed[:19]
        assert all(at[:19] >= proven for _, at in made[1:]), (proven, made)
        assert all(case.ask["who"] == "Ada on call" for case in cases)


async def test_who_refuses_the_plan_for_all_refuses_it_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(fleet_world(3), tmp_path, monkeypatch, policy=ASKS + HEALTHY_SHARE) as driver:
        cases, asked = await play(driver, {"*": "reject"})
        assert len(asked) == 1 and deletions(driver) == []
        assert {case.outcome for case in cases} == {"needs a person"}
        assert sum("refused the plan for all" in case.ending["reason"] for case in cases) == 2


async def test_by_itself_too_it_goes_one_first_and_the_rest_ask_where_that_one_is_not_healed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fleet_world(3, always_fails="BackUpOperationFailed")
    async with driving(world, tmp_path, monkeypatch, policy=AUTO + HEALTHY_SHARE) as driver:
        cases, asked = await play(driver, {"*": "reject"})
        [(tried, _)] = deletions(driver)
        assert {tried, *asked} == {"web-01", "web-02", "web-03"}
        assert {case.outcome for case in cases} == {"needs a person"}


GROUP_LOCK = {"scope": "group:AzureBackupRG_westeurope_1", "name": "do-not-delete", "notes": "Ask first."}


def locked_group(many: int) -> dict[str, Any]:
    """So many machines whose restore points lie in one locked group."""
    held = {"restore_points": 18, "failure": {"code": "UserErrorRpCollectionLimitReached"}}
    expect = {"cause": "backup_group_locked", "outcome": "remediated", "recurs": True}
    machines = [{**held, "name": f"web-{n:02}", "group": f"rg-{n}", "expect": expect} for n in range(1, many + 1)]
    return {"name": "locked", "title": "for a test", "lock": [GROUP_LOCK], "machine": machines}


def first_of(cases: list[Case], kinds: list[dict[str, Any]]) -> tuple[Case, datetime]:
    """The case that lifted the lock, and when."""
    [lifted] = [change for change in kinds if change["kind"] == "lock.delete"]
    [leader] = [case for case in cases if any("seen everywhere" in note["text"] for note in case.timeline)]
    return leader, datetime.fromisoformat(lifted["at"])


@pytest.mark.parametrize("governance", ["auto", "approve"])
async def test_a_lock_that_many_share_is_lifted_by_one_case_and_the_others_follow_while_it_is_off(
    governance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = AUTO.replace("[modes]\n", f'[modes]\ngovernance = "{governance}"\ndata = "auto"\n') + HEALTHY_SHARE
    async with driving(locked_group(4), tmp_path, monkeypatch, policy=policy) as driver:
        cases, asked = await play(driver, {"*": "approve"})
        assert ended(cases) == driver.declared() and len(asked) == (governance == "approve")
        assert await driver.locks() == driver.locks_at_start
        leader, off = first_of(cases, driver.box.changes())
        [back] = [c["at"] for c in driver.box.changes() if c["kind"] == "lock.write"]
        backed_up = {}
        for change in driver.box.changes():
            if change["kind"] == "backup.trigger":
                backed_up.setdefault(
                    change["id"].rpartition(";")[2].partition("/")[0], datetime.fromisoformat(change["at"])
                )
        assert set(backed_up) == {case.machine for case in cases}
        assert all(off < at < off + timedelta(minutes=30) for at in backed_up.values()), (off, backed_up)
        assert datetime.fromisoformat(back) - off < timedelta(hours=30), "the lock was off for longer than one night"
        held = {c.machine: [n["text"] for n in c.timeline if f"follow case {leader.id}" in n["text"]] for c in cases}
        assert [name for name, said in held.items() if not said] == [leader.machine]


async def test_where_the_lift_for_all_did_not_help_the_others_ask_before_they_lift_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = AUTO.replace("[modes]\n", '[modes]\ngovernance = "auto"\n') + HEALTHY_SHARE
    async with driving(locked_group(3), tmp_path, monkeypatch, policy=policy) as driver:
        await driver.announce_all()
        while not (got := [c for c in await driver.engine.cases.newest(driver.box.now, 90) if c.fleet]) or len(got) < 3:
            await driver.turn()
        fleet = got[0].fleet["id"]
        assert {case.fleet["id"] for case in got} == {fleet} and driver.box.changes() == []
        leader = (await driver.engine.fleets.get(fleet)).leader
        assert leader is not None
        await driver.engine.fleets.settle(fleet, leader.case, BAD)
        others: list[Case] = []
        while len(others) < 2:
            await driver.turn()
            others = [c for c in await driver.engine.cases.newest(driver.box.now, 90) if c.phase == "ask"]
        assert all(f"such as case {leader.case}" in c.ask["why"] and c.id != leader.case for c in others)


async def test_a_build_that_is_too_old_is_mended_on_one_machine_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"os": "Linux", "snapshot_version": "1.0.88.0", "snapshot_extension": "Succeeded"}
    world = fleet_world(3, **old, failure={"code": "ExtensionOperationFailedForManagedDisks"})
    for machine in world["machine"]:
        machine["expect"] = {"cause": "snapshot_extension_outdated", "outcome": "remediated"}
    async with driving(world, tmp_path, monkeypatch, policy=ASKS + HEALTHY_SHARE) as driver:
        cases, asked = await play(driver, {"*": "approve"})
        assert len(asked) == 1 and ended(cases) == driver.declared()
        made, leader = deletions(driver), next(case for case in cases if case.machine == asked[0])
        assert made[0][0] == leader.machine and all(at[:19] >= leader.closed[:19] for _, at in made[1:])


async def test_a_single_machine_is_no_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(fleet_world(1), tmp_path, monkeypatch, policy=ASKS) as driver:
        cases, asked = await play(driver, {"*": "approve"})
        assert asked == ["web-01"] and "fleet" not in cases[0].plan and ended(cases) == driver.declared()


async def test_who_fails_for_the_same_thing_is_named_in_the_guide_of_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three machines under one subscription's lock, and one that fails alone."""
    lock = {"scope": "subscription", "name": "no-deletes"}
    held = {"restore_points": 18, "recovery_points": 30, "failure": {"code": "UserErrorRpCollectionLimitReached"}}
    declared = {"cause": "lock_inherited", "outcome": "needs a person"}
    machines = [{**held, "name": name, "expect": declared} for name in ("web-01", "web-02", "web-03")]
    world = {"name": "fleet", "title": "for a test", "lock": [lock], "machine": machines}
    async with driving(world, tmp_path, monkeypatch) as driver:
        cases, _ = await play(driver, {})
        assert ended(cases) == driver.declared()
        for case in cases:
            told = case.ending["instructions"]
            assert told.startswith("One cure for 3 machines: "), told
            assert all((other.machine in told.split(" fail(s)")[0]) == (other.id != case.id) for other in cases)
            assert "replace it by locks" in told


async def test_a_guide_for_one_machine_names_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving("key_vault_rbac", tmp_path, monkeypatch) as driver:
        [case], _ = await play(driver, {})
        assert case.ending["instructions"].startswith("Ask the owner of ")
