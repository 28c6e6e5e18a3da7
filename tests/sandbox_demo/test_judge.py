import pytest

from sandbox.demo.judge import failures
from tests.sandbox_demo.made import case, declared, ending


def test_a_case_that_ended_with_declared_cause_and_outcome_is_no_failure():
    assert failures(ending(case())) == []


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (case(cause="unknown"), "ended as unknown -> remediated"),
        (case(outcome="gave up"), "ended as backup_group_locked -> gave up"),
        (case(cause="", outcome=""), "ended as no cause -> no outcome"),
        (case(minutes=None), "is still open after 2 s (at: the last step)"),
    ],
)
def test_any_other_ending_is_one_sentence_that_names_machine_and_both_endings(got, said):
    (text,) = failures(ending(got))
    assert text == f"locked_group: web-01 {said}; the world declares backup_group_locked -> remediated."


def test_a_declared_case_that_never_came_is_a_failure():
    (text,) = failures(ending())
    assert "web-01 got no case" in text


def test_a_second_case_of_an_item_is_a_failure():
    (text,) = failures(ending(case(), case(id="c2")))
    assert text == "locked_group: web-01 has 2 cases; the world declares one."


def test_a_case_for_an_item_that_the_world_does_not_declare_is_a_failure():
    (text,) = failures(ending(case(), case("web-02", id="c2")))
    assert "1 case(s) for an item that the world does not declare" in text and "web-02" in text


def test_one_case_that_is_listed_twice_is_told_apart_from_two_cases():
    (text,) = failures(ending(case(), case()))
    assert text == "locked_group: GET /api/cases lists the one case of web-01 (c1) 2 times."


def test_a_lock_that_is_not_back_or_not_identical_is_a_failure():
    (text,) = failures(ending(case(), locks_before=('{"notes": "keep"}',), locks_after=('{"notes": ""}',)))
    assert 'missing {"notes": "keep"}' in text and 'new {"notes": ""}' in text


def test_each_machine_of_a_world_is_judged_by_its_own_case():
    wanted = (declared("app-01"), declared("app-02"))
    (text,) = failures(ending(case("app-01"), case("app-02", id="c2", outcome="gave up"), wanted=wanted))
    assert "app-02 ended as" in text
