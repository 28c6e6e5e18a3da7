"""Bad input at the door: no 5xx, nothing opened from garbage, no failed backup dropped."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.matrix import fuzz_oracle
from tests.matrix.fuzz import Share, over_the_host
from tests.matrix.fuzz_alerts import read_bodies
from tests.matrix.fuzz_judge import Taken, faults
from tests.matrix.fuzz_seeds import FAILURES, ITEM, OTHERS

SEED = 3


@pytest.mark.parametrize("name", FAILURES)
def test_the_oracle_is_sure_of_every_shape_that_tells_of_a_failed_backup(name: str) -> None:
    told = fuzz_oracle.read(json.dumps(FAILURES[name]).encode())
    assert told and [one.sure for one in told] == [True]


@pytest.mark.parametrize("name", OTHERS)
def test_the_oracle_reads_no_failure_in_any_other_sample(name: str) -> None:
    told = fuzz_oracle.read(json.dumps(OTHERS[name]).encode())
    assert told and [one.sure for one in told] == [False]


@pytest.mark.parametrize(
    ("alert", "taken"),
    [
        (OTHERS["A1"], [Taken(True, ITEM)]),
        (FAILURES["built-in"], [Taken(True, ITEM.replace("vm-app-01", "vm-app-02"))]),
        (FAILURES["built-in"], [Taken(False)]),
        (FAILURES["built-in"], None),
    ],
    ids=["opened from garbage", "another machine", "dropped", "refused"],
)
def test_the_judge_sees_what_was_taken_wrongly(alert: Any, taken: list[Taken] | None) -> None:
    assert faults(json.dumps(alert).encode(), taken)


def test_the_reader_takes_each_body_as_the_oracle_reads_it() -> None:
    read_bodies(3_000, SEED)


async def test_the_host_answers_bodies_and_calls_and_opens_nothing_from_garbage(tmp_path: Path) -> None:
    told = await over_the_host(tmp_path, Share(posted=400, calls=15, by_hand=80), SEED)
    assert "none from garbage" in told
