"""Dry run, observe and plan mode, the switch: where nothing may be changed, no write leaves for Azure in any world.

A part of `make dry`: one in seven of its runs, each world and each way among them.
"""

from pathlib import Path

import pytest

from engine.changes import ChangesOff
from sandbox.world_files import names
from tests.engine.driver import driving
from tests.matrix import dry
from tests.matrix.dry_run import WAYS, Seen, is_write, watch
from tests.remediations.stage import scene

RUNS = [run for run in dry.planned(tuple(n for n in names() if n != "region_incident")) if run.way != "auto"]


@pytest.mark.parametrize("run", RUNS[::7], ids=str)
def test_no_write_leaves_for_azure(run: dry.Run) -> None:
    saw = dry.seen(run)
    assert saw.writes == () and saw.requests > 0 and saw.outcomes


@pytest.mark.parametrize("way", [way for way in WAYS if way != "auto"])
def test_the_plan_is_made_all_the_same_but_where_the_engine_only_observes(way: str) -> None:
    assert watch("locked_group", way).planned == (0 if way == "observe" else 1)


async def test_a_case_that_may_change_nothing_is_refused_at_each_write_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gate stops such a case before; this is the line behind it."""
    async with driving("locked_group", tmp_path, monkeypatch) as driver:
        at = scene(driver, off="a dry run was asked for")
        collection, machine = await at.facts.own_collection(), await at.facts.machine()
        assert collection is not None and collection.points
        (lock,) = await at.facts.locks_reaching_group()
        wishes = [at.changes.delete_lock(lock), at.changes.delete_restore_point(collection.points[0])]
        wishes += [at.changes.delete_collection(collection), at.changes.delete_extension(machine.extensions[0])]
        for wish in (*wishes, at.changes.trigger_backup(driver.box.now)):
            with pytest.raises(ChangesOff):
                await wish
        assert [r for r in driver.box.requests() if is_write(r["method"], r["path"])] == []


def test_without_restraint_the_same_world_is_changed() -> None:
    assert len(watch("locked_group", "auto").writes) >= 6, "three writes, each as a request and as a change"


def test_the_runs_are_every_world_in_every_way_at_once_and_late() -> None:
    assert len(dry.planned(names())) == len(names()) * len(WAYS) * 2
    assert {run.way for run in RUNS[::7]} == {way for way in WAYS if way != "auto"}


@pytest.mark.parametrize(
    ("method", "path", "write"),
    [
        ("GET", "/subscriptions/s", False),
        ("HEAD", "/subscriptions/s", False),
        ("POST", "/subscriptions/s/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus", False),
        ("POST", "/providers/Microsoft.ResourceGraph/resources", False),
        ("POST", "/subscriptions/s/providers/Microsoft.AlertsManagement/alerts/a/changestate", True),
        ("POST", "/subscriptions/s/x/backup", True),
        ("PUT", "/providers/Microsoft.ResourceGraph/resources", True),
        ("DELETE", "/subscriptions/s", True),
        ("PATCH", "/subscriptions/s", True),
    ],
)
def test_only_what_is_listed_counts_as_a_look(method: str, path: str, write: bool) -> None:
    assert is_write(method, path) is write


def test_a_run_with_a_write_is_a_complaint_that_names_world_and_write() -> None:
    run = dry.Run("locked_group", "plan", False)
    (said,) = dry.complaints({run: Seen(("DELETE /lock",), 9, 1, ())})
    assert "locked_group, plan" in said and "DELETE /lock" in said
    assert dry.complaints({dry.Run("locked_group", "auto", False): Seen(("DELETE /lock",), 9, 1, ())}) == []
