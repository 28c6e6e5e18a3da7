"""An alert storm: one case an item, every alert found again, the brake holds for the hour and the caps after it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.policy import Limits
from tests.matrix.storm import weather
from tests.matrix.storm_books import Books, account
from tests.matrix.storm_limits import over_the_limits
from tests.matrix.storm_world import Alert

SEED = 5
TIGHT = """
modes = { backup = "auto", extension = "auto" }
[limits]
cases_at_once_per_vault = 3
changes_per_vault_and_hour = 4
machines_per_vault_and_hour_percent = 100
"""
NINE = datetime.fromisoformat("2026-03-02T09:00:00+00:00")
BOOKS = Books(
    1, frozenset({("a", NINE)}), frozenset(), frozenset({("a", NINE + timedelta(seconds=1))}), frozenset({"r"}), ()
)


async def test_a_storm_opens_one_case_an_item_and_its_work_stays_within_the_limits(tmp_path: Path) -> None:
    """All cases close; the brake holds them for the first hour, and the limits keep them apart for the next ones."""
    found = await weather(tmp_path, alerts=240, items=12, hours=12, seed=SEED, policy=TIGHT)
    assert found.faults == []
    assert found.where["opened"] == 12 and found.where["dropped"] == 0
    assert 2 <= found.at_once <= 3
    assert {case["outcome"] for case in found.cases} == {"remediated"}


@pytest.mark.parametrize(
    ("seconds", "resolved", "where"),
    [(0, False, "opened"), (1, False, "repeat"), (2, False, "dropped"), (0, True, "dropped")],
)
def test_an_alert_that_is_in_no_book_counts_as_dropped(seconds: int, resolved: bool, where: str) -> None:
    alert = Alert(b"", "x", "a", (NINE + timedelta(seconds=seconds)).isoformat(), resolved)
    assert account([alert], BOOKS) == {where: 1}


def made(*machines: str) -> list[dict[str, Any]]:
    path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/{}/extensions/VMSnapshot"
    return [{"at": NINE.isoformat(), "kind": "extension.delete", "id": path.format(name)} for name in machines]


@pytest.mark.parametrize(
    ("changed", "limits"),
    [
        ("aabb", Limits(changes_per_vault_and_hour=3, machines_per_vault_and_hour_percent=100)),
        ("ab", Limits(machines_per_vault_and_hour_percent=20)),
        ("abc", Limits(cases_at_once_per_vault=2, machines_per_vault_and_hour_percent=100)),
    ],
    ids=["changes an hour", "machines an hour", "cases at once"],
)
def test_more_than_a_limit_allows_is_seen(changed: str, limits: Limits) -> None:
    cases = [{"machine": name, "closed": ""} for name in "abcde"]
    assert len(over_the_limits(made(*changed), cases, limits)) == 1
    assert not over_the_limits(made(*changed[:1]), cases, limits)
