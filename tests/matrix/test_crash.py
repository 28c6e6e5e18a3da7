"""A SIGKILL of the host at any request changes nothing: a seeded part of what `make crash-matrix` plays whole."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.journal import Journal
from remediations.contract import REMEDIATIONS
from tests.engine.driver import driving
from tests.matrix.crash import closing_line, good
from tests.matrix.crash_judge import astray, differences
from tests.matrix.crash_kills import ARM, KINDS, SIDES, STORE, Kill, Ran, Unbroken, drawn, every
from tests.matrix.crash_lanes import Lanes, lanes
from tests.matrix.crash_worlds import MAIN, WORLDS

SEED = int(os.environ.get("CRASH_SEED", "1"))
KILLS, FEWER = 8, 4
"""About how many in each of the main worlds and in each of the others; a whole matrix has hundreds."""

WHOLE = Unbroken("locked_group", {ARM: 3, STORE: 2}, ("lock.delete a",))


@pytest.fixture(scope="module")
def opened() -> Iterator[Lanes]:
    with lanes(2) as opened:
        yield opened


@pytest.mark.parametrize("world", WORLDS)
def test_a_kill_at_any_request_is_harmless(world: str, opened: Lanes) -> None:
    [unbroken] = opened.unbroken([world])
    ran = list(opened.killed(drawn(unbroken, KILLS if world in MAIN else FEWER, SEED), [unbroken]))
    assert good([unbroken], ran), [(str(one.kill), one.at, one.wrong) for one in ran if one.wrong] or unbroken
    assert {one.kill.kind for one in ran if one.at} == set(KINDS)


async def test_every_fix_does_its_work_in_a_world_of_the_matrix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: set[str] = set()
    for name, one in WORLDS.items():
        async with driving(one.world, tmp_path / name, monkeypatch) as driver:
            await driver.announce_all()
            for case in await driver.run():
                made = await Journal(driver.engine.rows, case.id).changes()
                worked |= {str(change.get("fix")) for change in made}
    assert worked >= set(REMEDIATIONS), set(REMEDIATIONS) - worked


def test_a_run_that_breaks_is_told_by_its_name_and_ends_no_other(opened: Lanes) -> None:
    kill = Kill("no_such_world", ARM, 1, "before")
    [ran] = opened.killed([kill], [Unbroken(kill.world, {ARM: 1, STORE: 1}, ())])
    assert ran.kill == kill and ran.wrong == ("broke off: KeyError: 'no_such_world'",)


def test_the_whole_matrix_has_a_kill_on_both_sides_of_every_request() -> None:
    due = {
        Kill("locked_group", kind, n, side)
        for kind, last in WHOLE.counts.items()
        for n in range(1, last + 1)
        for side in SIDES
    }
    assert set(every(WHOLE)) == due


def test_every_kind_and_side_is_drawn_from_alike() -> None:
    many = Unbroken("locked_group", {ARM: 60, STORE: 40}, ())
    rows = [(kill.kind, kill.side) for kill in drawn(many, 20, seed=4)]
    assert {row: rows.count(row) for row in rows} == {(ARM, s): 6 for s in SIDES} | {(STORE, s): 4 for s in SIDES}


def test_a_kill_is_named_so_that_it_can_be_made_again() -> None:
    kill = Kill("shared_group", STORE, 21, "after")
    assert Kill.read(str(kill)) == kill
    with pytest.raises(ValueError, match="is WORLD"):
        Kill.read("shared_group:store:21:during")


def test_the_closing_line_tells_how_many_kills_were_made_and_whether_one_fell_short() -> None:
    fine = Ran(Kill("locked_group", ARM, 1, "before"), "GET /x", (), 1.0)
    past_the_end = Ran(Kill("locked_group", ARM, 4, "before"), "", (), 1.0)
    short = Ran(Kill("locked_group", STORE, 1, "after"), "PUT cases", ("the locks are not those of the start",), 1.0)
    told = (
        "crash matrix: 1 worlds, 1 kills (1 at ARM requests, 0 at store writes, 1 not reached): 100 % ended as declared"
    )
    assert closing_line([WHOLE], [fine, past_the_end]).startswith(told)
    assert good([WHOLE], [fine, past_the_end])
    assert closing_line([WHOLE], [fine, short]).endswith("1 FELL SHORT")
    assert not good([WHOLE], [fine, short])
    assert not good([WHOLE], [past_the_end])


def test_the_judge_sees_a_change_that_was_made_twice_and_one_that_was_never_made() -> None:
    due = ("backup.trigger i", "lock.delete a", "lock.write a")
    assert differences(due, due) == []
    assert differences((*due, "lock.delete a"), due) == ["1 times too often: lock.delete a"]
    assert differences(due[:2], due) == ["never done: lock.write a"]


def test_the_judge_sees_a_case_that_ended_as_nothing_declares() -> None:
    declared = {"item": "/ITEM", "cause": "backup_group_locked", "outcome": "remediated"}
    ended = {**declared, "item": "/item", "outcome": "remediated, recurs about 2026-03-20"}
    assert astray([ended], {"cases": [declared]}) == []
    assert len(astray([ended, ended], {"cases": [declared]})) == 1
    assert len(astray([{**ended, "outcome": "gave up"}], {"cases": [declared]})) == 2
