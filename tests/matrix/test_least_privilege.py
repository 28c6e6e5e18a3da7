"""The four roles suffice in every world, and none of their actions is spare: without it something fails, and says so."""

import pytest

from sandbox.world_files import names
from tests.matrix.least_privilege import complaint
from tests.matrix.least_privilege_scenes import SCENES, SHOWN_BY, all_roles, play

LONG = {"region_incident", "canary_fleet", "alert_storm"}
"""Many alike machines; the whole matrix runs them."""


@pytest.mark.parametrize("scene", [*(world for world in names() if world not in LONG), *SCENES])
def test_the_four_roles_together_suffice(scene: str) -> None:
    assert complaint(scene, "", play(scene)) == ""


@pytest.mark.parametrize("action", sorted(SHOWN_BY))
def test_a_missing_action_is_missed_and_named(action: str) -> None:
    told = play(SHOWN_BY[action], action)
    assert not told.passed, f"{action} is spare: {SHOWN_BY[action]} passes without it"
    assert told.naming(action), told.lines
    assert not told.left


def test_each_action_of_the_roles_has_its_scene() -> None:
    assert set(SHOWN_BY) == set(all_roles())


def test_no_action_is_shown_by_the_preflight_alone() -> None:
    assert "preflight" not in SHOWN_BY.values()  # it compares with the very roles, so it would miss a spare action too
