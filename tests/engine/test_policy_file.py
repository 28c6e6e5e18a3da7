"""A policy file is read whole or not at all, and what is wrong in it is named with its line."""

import re
import time
from datetime import time as clock
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.policy import Limits, Mode, Permit, Policy
from engine.policy.file import MOST_PROBLEMS, read_policy
from engine.policy.model import TABLES, LimitsTable
from engine.policy.scope import Scope
from remediations.contract import Risk
from tests.engine.test_policy import SUB, each, place

ROOT = Path(__file__).parents[2]
WHOLE = f"""\
# the policy of a test
[modes]
backup = "auto"
data = "plan"

[[rule]]
name = "test machines"
subscription = "{SUB[:8]}*"
group = "rg-app"
tag = "env=test"
modes = {{ backup = "auto", extension = "auto" }}
fixes = {{ remove_backup_group_locks = "auto" }}
auto_after = 5
locks = "leave off"

[[rule]]
name = "the rest"
vault = "rsv-*"
[rule.modes]
governance = "observe"

[scope]
allow = ["/subscriptions/{SUB}"]
deny = [
  "/subscriptions/{SUB}/resourceGroups/rg-payments", # never ]
  "/subscriptions/{SUB}/resourceGroups/rg-hr",
]

[limits]
cooldown_minutes = 90

[[window]]
name = "weekend"
tiers = ["governance", "data"]
days = ["Sat", "sun"]
from = "22:00"
to = "05:00"
time_zone = "W. Europe Standard Time"

[[blackout]]
name = "batch"
machine = "erp-*"
from = "18:00"
to = "23:30"
time_zone = "Europe/Berlin"
"""
LINES = WHOLE.split("\n")
A_PROBLEM = re.compile(r"policy\.toml line (\d+): \S.*", re.DOTALL)


def problems(text: str) -> list[str]:
    return [problem.removeprefix("policy.toml ") for problem in read_policy(text).problems]


def test_every_key_of_the_file_reaches_the_policy() -> None:
    policy = read_policy(WHOLE)
    assert policy.problems == ()
    assert policy.modes == {Risk.BACKUP: Mode.AUTO, Risk.DATA: Mode.PLAN}
    test, rest = policy.rules
    assert (test.name, test.scope) == ("test machines", Scope(f"{SUB[:8]}*", "rg-app", tag="env=test"))
    assert (test.modes, test.fixes) == (
        {Risk.BACKUP: Mode.AUTO, Risk.EXTENSION: Mode.AUTO},
        {"remove_backup_group_locks": Mode.AUTO},
    )
    assert (test.auto_after, test.locks, rest.auto_after, rest.locks) == (5, "leave off", 0, "")
    assert (rest.scope, rest.modes) == (Scope(vault="rsv-*"), {Risk.GOVERNANCE: Mode.OBSERVE})
    assert (len(policy.allow), [entry.rpartition("/")[2] for entry in policy.deny]) == (1, ["rg-payments", "rg-hr"])
    assert policy.limits == Limits(cooldown_minutes=90)
    (weekend,), (batch,) = policy.windows, policy.blackouts
    assert (weekend.tiers, weekend.days) == ({Risk.GOVERNANCE, Risk.DATA}, {5, 6})
    assert (weekend.start, weekend.end, weekend.zone.key) == (clock(22), clock(5), "Europe/Berlin")
    assert (batch.scope, batch.days, batch.end) == (Scope(machine="erp-*"), set(range(7)), clock(23, 30))


def test_an_empty_file_is_the_safe_default() -> None:
    assert read_policy("") == read_policy("\ufeff# nothing\r\n") == Policy()
    assert LimitsTable().model_dump() == {name: getattr(Limits(), name) for name in Limits.__dataclass_fields__}


def test_the_file_that_comes_with_the_engine_says_the_default_and_holds_when_uncommented() -> None:
    text = (ROOT / "policy.toml").read_text("utf-8")
    shipped = read_policy(text)
    assert {shipped.permit("any", risk, place()) for risk in Risk} == {Permit(Mode.APPROVE, "[modes]")}
    assert (shipped.problems, shipped.rules, shipped.limits) == ((), (), Limits())
    shown = read_policy(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))
    assert (shown.problems, shown.limits) == ((), Limits())
    assert all((shown.rules, shown.allow, shown.deny, shown.windows, shown.blackouts))


def test_no_more_problems_are_shown_than_a_person_reads_at_once() -> None:
    found = problems("\n".join(f"key_{n} = {n}" for n in range(50)))
    assert len(found) == MOST_PROBLEMS
    assert found[-1] == "line 20: 31 more problems from here on; mend those above first"


def test_a_policy_with_three_thousand_denied_machines_and_a_mistake_is_read_in_a_moment() -> None:
    entries = "\n".join(f'  "{place(f"vm-{n}").machine_id}",' for n in range(3000))
    begun = time.process_time()
    assert problems(f"[scope]\ndeny = [\n{entries}\n]\n[limits]\nx = 1") == [
        f"line 3005: limits.x is no key here; keys are {', '.join(LimitsTable.model_fields)}"
    ]
    assert time.process_time() - begun < 15, "trying each line of a list takes minutes"


def test_letters_that_no_store_can_hold_are_replaced() -> None:
    (rule,) = read_policy('[[rule]]\nname = "a\ud800"\nlocks = "return"').rules
    assert rule.name == "a?"


def names_a_line(policy: Policy, text: str) -> None:
    assert len(policy.problems) <= MOST_PROBLEMS
    for problem in policy.problems:
        told = A_PROBLEM.fullmatch(problem)
        assert told and 1 <= int(told[1]) <= text.count("\n") + 1, problem
        assert "Input should" not in problem and "Value error" not in problem


@each
@given(st.text())
@example("\ud800 = '\udfff'")
@example("rule = [{}, 3, {name = 3}]\nwindow = {}\nmodes = []")
@example('[[rule]]\n[[rule.modes]]\n"[key]" = 1')
def test_any_text_is_read_to_a_policy_or_to_problems_that_name_a_line(text: str) -> None:
    names_a_line(read_policy(text), text)


SNIPPETS = [
    "[[rule]]",
    "[modes]",
    "= ",
    "auto",
    '"',
    "'''",
    "{",
    "}",
    "]",
    "[",
    ",",
    "\n",
    "3",
    "1979-05-27",
    "inf",
    "#",
    ".x",
    "",
]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_file_is_read_to_a_policy_or_to_problems_that_name_a_line(data: st.DataObject) -> None:
    text = WHOLE
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        until = min(len(text), at + data.draw(st.sampled_from([0, 1, 5, 40])))
        text = text[:at] + data.draw(st.sampled_from(SNIPPETS)) + text[until:]
    policy = read_policy(text)
    names_a_line(policy, text)
    if policy.problems:
        assert {policy.permit("trigger_backup", risk, place()).mode for risk in Risk} == {Mode.OBSERVE}


@each
@given(st.integers(2, len(LINES) - 1).filter(lambda line: line not in range(24, 27)))
def test_an_unknown_key_is_named_with_the_line_on_which_it_stands(line: int) -> None:
    (found,) = problems("\n".join([*LINES[:line], "colour = 'red'", *LINES[line:]]))
    assert found.startswith(f"line {line + 1}: ") and "colour" in found


def test_the_reference_of_the_tables_covers_every_array_and_table_of_the_file() -> None:
    assert set(TABLES) == {"rule", "scope", "limits", "window", "blackout"}
