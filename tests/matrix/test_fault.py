"""One fault a run: a passing fault at whatever request changes no ending, doubles no change, leaves no lock lifted.

A seeded part of `make fault-matrix`.
"""

from collections import Counter
from dataclasses import replace

import pytest

from sandbox.arm.faults import KINDS
from tests.matrix.fault import EVERY, SAMPLED, matrix, planned
from tests.matrix.fault_judge import complaints
from tests.matrix.fault_run import Ended, Fault, play

WORLDS = ["extension_failed", "full_collection", "locked_group", "shared_group", "transient_failure", "updating"]


def test_a_passing_fault_at_any_request_changes_no_ending_and_doubles_no_change() -> None:
    runs, _, wrong = matrix(WORLDS, KINDS, 12, 5)
    assert runs == 12 * len(WORLDS) and wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("kind", KINDS)
def test_the_request_that_triggers_a_backup_meets_every_fault_and_one_backup_is_made(kind: str) -> None:
    clean = play("transient_failure")
    (number,) = [n for n, line in enumerate(clean.log, 1) if line.startswith("POST") and line.endswith("/backup")]
    run = play("transient_failure", Fault("transient_failure", number, kind))
    assert run.struck == clean.log[number - 1] and complaints(clean, run) == []
    assert Counter(kind for kind, _ in run.changes.elements())["backup.trigger"] == 1


@pytest.mark.parametrize(
    ("world", "read"),
    [("locked_group", "/locks/do-not-delete"), ("whole_collection", "Microsoft.Compute/restorePointCollections")],
    ids=["a lock that was lifted", "a collection that was deleted"],
)
def test_what_is_gone_and_is_still_told_of_does_not_mislead(world: str, read: str) -> None:
    """The last three looks, after the change: one answered from before it left a lock lifted, another called a person."""
    clean = play(world)
    looks = [n for n, line in enumerate(clean.log, 1) if line.startswith("GET") and line.endswith(read)]
    runs = [play(world, Fault(world, n, "stale")) for n in looks[-3:]]
    assert [complaints(clean, run) for run in runs] == [[], [], []]


def test_every_request_is_planned_under_every_kind_and_a_sample_is_the_same_each_time() -> None:
    whole = planned("updating", 30, KINDS, 0, 1)
    assert len(set(whole)) == 30 * len(KINDS)
    assert len(planned("fleet", 300, KINDS, 0, 1)) == SAMPLED
    assert len(planned("fleet", 300, KINDS, EVERY, 1)) == 300 * len(KINDS)
    assert planned("updating", 30, KINDS, 7, 1) == planned("updating", 30, KINDS, 7, 1)
    assert planned("updating", 30, KINDS, 7, 1) != planned("updating", 30, KINDS, 7, 2)


CLEAN = Ended(
    declared={"item": ("transient_error", "remediated", False)},
    endings={"item": ("transient_error", "remediated", False)},
    changes=Counter({("backup.trigger", "item"): 1}),
    locks_as_before=True,
    leases_out=0,
    claims_open=0,
    turns=5,
    log=("GET /a",) * 20,
    struck="",
    told="",
)


@pytest.mark.parametrize(
    "wrong",
    [
        {"endings": {"item": ("transient_error", "needs a person", False)}},
        {"endings": {"item": ("unknown", "remediated", False)}},
        {"endings": {}},
        {"changes": Counter({("backup.trigger", "item"): 2})},
        {"changes": Counter({("lock.delete", "lock"): 1})},
        {"locks_as_before": False},
        {"leases_out": 1},
        {"claims_open": 1},
        {"log": ("GET /a",) * 200},
    ],
)
def test_the_judge_sees_each_thing_that_an_owner_would_not_accept(wrong: dict[str, object]) -> None:
    assert complaints(CLEAN, replace(CLEAN, **wrong)) != []


def test_the_judge_accepts_a_change_that_a_later_hour_made_needless() -> None:
    assert complaints(CLEAN, replace(CLEAN, changes=Counter(), log=("GET /a",) * 40)) == []
