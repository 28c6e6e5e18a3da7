"""The gate by itself: refusals first, then what only time changes, then a person, last the maintenance window."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from engine.gate.decide import DAY, SETTLE, Ask, Go, Hold, Standing, Stop, decide
from engine.policy import Limits, Mode, Permit

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = Limits()
CLEAR = Standing(Permit(Mode.AUTO, "[modes]"), NOW - timedelta(hours=1))
"""Nothing speaks against the step."""
HOLDS: dict[str, dict[str, Any]] = {
    "switch": {"switched_off": "changes were switched off by Ada"},
    "incident": {"incident": "c" * 32},
    "young": {"opened": NOW - timedelta(minutes=1)},
    "canary": {"canary": ("waits", "d" * 32)},
}
ASKS: dict[str, dict[str, Any]] = {
    "mode": {"permit": Permit(Mode.APPROVE, "production")},
    "not unlocked": {"permit": Permit(Mode.AUTO, "tests", 5), "approvals": 4},
    "attempts": {"attempts": tuple(NOW - timedelta(hours=h) for h in (9, 6, 3))},
    "breaker": {"failures": 3},
    "canary failed": {"canary": ("failed", "d" * 32)},
    "the fix": {"asked_anyway": "a whole collection goes"},
}
STOPS: dict[str, dict[str, Any]] = {
    "observe": {"permit": Permit(Mode.OBSERVE, "[modes]")},
    "plan": {"permit": Permit(Mode.PLAN, "[modes]")},
    "forbidden": {"forbidden": "the policy's deny list holds it"},
}
OPENS = NOW + timedelta(hours=10)


def told(standing: Standing, limits: Limits = LIMITS) -> Any:
    return decide(standing, limits, NOW)


def test_where_nothing_speaks_against_it_the_step_is_taken() -> None:
    assert told(CLEAR) == Go()


@pytest.mark.parametrize("why", STOPS)
def test_a_refusal_goes_before_everything_else_and_before_an_approval(why: str) -> None:
    for hold, ask in product([{}, *HOLDS.values()], [{}, *ASKS.values()]):
        standing = replace(CLEAR, **{**ask, **hold, **STOPS[why], "approved": True, "opens": OPENS})
        assert isinstance(told(standing), Stop), (hold, ask)


@pytest.mark.parametrize("why", HOLDS)
@pytest.mark.parametrize("approved", [False, True])
def test_what_only_time_changes_holds_an_approved_step_too_and_asks_nobody_yet(why: str, approved: bool) -> None:
    for ask in [{}, *ASKS.values()]:
        assert isinstance(told(replace(CLEAR, **{**ask, **HOLDS[why]}, approved=approved)), Hold), ask


@pytest.mark.parametrize("why", ASKS)
def test_a_person_is_asked_and_an_approval_settles_it(why: str) -> None:
    standing = replace(CLEAR, **ASKS[why])
    assert isinstance(told(standing), Ask)
    assert told(replace(standing, approved=True)) == Go()


@pytest.mark.parametrize("why", ASKS)
def test_a_person_is_asked_before_the_window_opens_so_that_the_night_is_not_lost(why: str) -> None:
    standing = replace(CLEAR, **ASKS[why], opens=OPENS)
    assert isinstance(told(standing), Ask)
    assert told(replace(standing, approved=True)) == Hold(36_000, told(replace(CLEAR, opens=OPENS)).why)


def test_a_hold_says_in_what_time_it_is_worth_to_look_again() -> None:
    opened = NOW - timedelta(minutes=1)
    assert told(replace(CLEAR, opened=opened)).seconds == (SETTLE - timedelta(minutes=1)).total_seconds()
    assert told(replace(CLEAR, opened=NOW - SETTLE)) == Go()
    assert told(replace(CLEAR, opens=OPENS)).seconds == 36_000


def test_an_item_rests_after_the_last_case_that_changed_it() -> None:
    rested = replace(CLEAR, attempts=(NOW - timedelta(minutes=300), NOW - timedelta(minutes=20)))
    assert told(rested).seconds == 40 * 60
    assert told(rested, Limits(cooldown_minutes=20)) == Go()
    assert told(rested, Limits(cooldown_minutes=0)) == Go()


def test_a_person_who_approves_need_not_wait_for_the_rest() -> None:
    assert told(replace(CLEAR, attempts=(NOW,), approved=True)) == Go()


@pytest.mark.parametrize(
    ("limit", "enough"),
    [
        ("attempts_per_item_and_day", {"attempts": (NOW - DAY, NOW - timedelta(hours=2))}),
        ("breaker_failures", {"failures": 2}),
    ],
)
def test_the_owners_number_is_the_limit_and_not_one_more(limit: str, enough: dict[str, Any]) -> None:
    standing = replace(CLEAR, **enough)
    assert isinstance(told(standing, replace(LIMITS, **{limit: 2})), Ask)
    assert told(standing, replace(LIMITS, **{limit: 3})) == Go()


def test_approved_plans_unlock_auto_and_nothing_but_auto() -> None:
    assert told(replace(CLEAR, permit=Permit(Mode.AUTO, "tests", 5), approvals=5)) == Go()
    assert isinstance(told(replace(CLEAR, permit=Permit(Mode.APPROVE, "tests"), approvals=99)), Ask)


@pytest.mark.parametrize("canary", ["proven", "mine"])
def test_the_machine_that_goes_first_and_those_after_its_proof_are_not_held(canary: str) -> None:
    assert told(replace(CLEAR, canary=(canary, "d" * 32))) == Go()


def test_every_answer_but_go_says_why() -> None:
    for given in (*STOPS.values(), *HOLDS.values(), *ASKS.values(), {"opens": OPENS}, {"attempts": (NOW,)}):
        assert len(told(replace(CLEAR, **given)).why) > 10, given


def test_a_wrong_setting_stops_what_nobody_approved_and_holds_what_somebody_did() -> None:
    broken = replace(CLEAR, broken="a setting is wrong")
    assert isinstance(told(broken), Stop) and isinstance(told(replace(broken, answered=True)), Hold)


@pytest.mark.parametrize("why", ASKS)
def test_nobody_is_asked_about_a_step_that_would_touch_nothing_and_it_waits_like_any_other(why: str) -> None:
    idle = replace(CLEAR, **{**ASKS[why], "idle": True})
    assert told(idle) == Go()
    for hold in [*HOLDS.values(), {"opens": OPENS}]:
        assert isinstance(told(replace(idle, **hold)), Hold)
