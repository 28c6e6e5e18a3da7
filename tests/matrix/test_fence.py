"""Promise 2 on drawn estates: nothing outside the fence is changed, by no fix and not by a rogue either.

A seeded part of `make fence`. One example in three is wholly ours, so a fence that refuses everything fails here too.
"""

import inspect
from dataclasses import replace

import pytest

from engine.changes import CaseChanges
from remediations.contract import Changes
from tests.matrix import fence_oracle as oracle
from tests.matrix.fence import ask_the_fence, let_loose
from tests.matrix.fence_actors import WRITES
from tests.matrix.fence_estate import COMPUTE, Estate, Job, group_id
from tests.matrix.fence_estates import VM_ID
from tests.matrix.fence_jobs import FAR_VAULT, OLD_VAULT
from tests.matrix.fence_stage import FenceStage

READING = {"job_of", "attempt", "last_change"}


def test_the_pure_fence_agrees_with_an_oracle_that_was_written_apart_from_it() -> None:
    ask_the_fence(600, 11)


def test_no_write_leaves_for_what_is_not_ours_whoever_asks_for_it() -> None:
    tally = let_loose(400, 11)
    assert tally.changing > 80, "too few estates were changed at all to prove anything"
    kinds = {
        "lock.delete",
        "restore_point.delete",
        "collection.delete",
        "extension.delete",
        "run_command.write",
        "vm.restart",
    }
    assert kinds <= set(tally.kinds)


PLAIN = Estate("web-01", "rg-app", VM_ID, "42", f"{group_id('rg-app')}/{COMPUTE}/virtualMachines/web-01", "rg-restore")
OURS = Job(OLD_VAULT, "0d3e2a41-0000-4c58-8a90-2f6d1b3c5e70", PLAIN.container, PLAIN.machine_id)
RUNNING = {
    "ours in the item's vault": (replace(OURS, vault=""), 1),
    "ours in an old vault": (OURS, 1),
    "ours, beyond its snapshot": (replace(OURS, in_snapshot=False), 0),
    "a look-alike's in a vault that knows us": (replace(OURS, container=f"{PLAIN.container}0"), 0),
    "of our name, in a vault that means another by it": (replace(OURS, known=f"{PLAIN.machine_id}0"), 0),
    "of our name, in another subscription": (replace(OURS, vault=FAR_VAULT), 0),
}


@pytest.mark.parametrize("actor", ["rogue", "cancel_backup_job"])
def test_only_a_running_backup_of_the_very_machine_is_ended(actor: str) -> None:
    stage = FenceStage.open()
    try:
        for what, (job, ended) in RUNNING.items():
            before = stage.tally.kinds.get("job.cancel", 0)
            assert stage.play(replace(PLAIN, jobs=(job,)), actor, 3) == [], what
            assert stage.tally.kinds.get("job.cancel", 0) - before == ended, what
    finally:
        stage.close()


def test_the_rogue_knows_every_write_that_a_fix_can_ask_for() -> None:
    public = {name for name, _ in inspect.getmembers(Changes, inspect.isfunction) if not name.startswith("_")}
    assert public - READING <= set(WRITES) and all(hasattr(CaseChanges, name) for name in WRITES)


@pytest.mark.parametrize(
    ("a", "b", "one"),
    [
        ("RG-Web", "rg-wEB", True),
        ("RG-É", "rg-é", True),
        ("RG-Straße", "RG-Strasse", False),
        ("RG-ſ", "RG-S", False),
        ("RG-\N{KELVIN SIGN}", "RG-k", False),
        ("RG-ﬁ", "RG-fi", False),
        ("RG-а", "RG-a", False),
    ],
)
def test_the_oracle_takes_names_for_one_letter_by_letter(a: str, b: str, one: bool) -> None:
    assert oracle.same(a, b) is one
