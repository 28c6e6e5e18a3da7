"""A policy file is read whole or not at all, and what is wrong in it is named with its line."""

import re
import time
from datetime import time as clock
from pathlib import Path

import pytest
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


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        (2, "[mode]", 'line 2: mode is no key here; did you mean modes?'),
        (3, 'backups = "auto"', "line 3: modes.backups: must be 'backup', 'extension'"),
        (3, 'backup = "atuo"', "line 3: modes.backup = \"atuo\": must be 'observe', 'plan', 'approve' or 'auto'"),
        (3, "backup = auto", "line 3: not valid TOML: Invalid value"),
        (7, 'title = "x"', 'line 6: rule 1: name is missing: add it'),
        (7, 'name = "[modes]"', "line 7: rule \"[modes]\": name = "),
        (8, 'subscription = "Production"', "line 8: rule \"test machines\": subscription = \"Production\": must be a subscr"),
        (9, 'groups = "rg-app"', 'line 9: rule "test machines": groups is no key here; did you mean group?'),
        (9, 'group = "/subscriptions/x"', "line 9: rule \"test machines\": group = "),
        (10, 'tag = "test"', "line 10: rule \"test machines\": tag = \"test\": must be a name, an equals sign and a value"),
        (12, 'fixes = { unlock = "auto" }', 'line 12: rule "test machines": fixes.unlock: is no fix; fixes are delete_'),
        (13, "auto_after = true", 'line 13: rule "test machines": auto_after = true: must be a whole number'),
        (13, "auto_after = -1", 'line 13: rule "test machines": auto_after = -1: must be at least 0'),
        (14, 'locks = "keep"', "line 14: rule \"test machines\": locks = \"keep\": must be 'return' or 'leave off'"),
        (17, 'name = "Test Machines"', 'line 17: rule 2: name = "Test Machines" is taken by another rule: rename one'),
        (20, 'governance = 3', "line 20: rule \"the rest\": modes.governance = 3: must be 'observe'"),
        (23, 'allow = ["/subscriptions/*"]', 'line 23: scope.allow[1] = "/subscriptions/*": must be the id of'),
        (23, f'allow = ["/subscriptions/{SUB}/resourceGroups/rg-*"]', "line 23: scope.allow[1] = "),
        (23, f'allow = ["/subscriptions/{SUB}/providers/x/y"]', "line 23: scope.allow[1] = "),
        (26, '  "rg-hr",', 'line 26: scope.deny[2] = "rg-hr": must be the id of'),
        (30, "cooldown_minutes = 1441", "line 30: limits.cooldown_minutes = 1441: must be at most 1440"),
        (30, 'cooldown_minutes = "90"', 'line 30: limits.cooldown_minutes = "90": must be a whole number'),
        (30, "machines_per_vault_and_hour_percent = 101", "line 30: limits.machines_per_vault_and_hour_percent = 101"),
        (34, "tiers = []", 'line 34: window "weekend": tiers: must not be empty'),
        (35, 'days = ["Sonntag"]', 'line 35: window "weekend": days: must be a list of days: Mon, Tue'),
        (36, 'from = "24:00"', 'line 36: window "weekend": from = "24:00": must be hours and minutes in quotes'),
        (38, 'time_zone = "Europe"', 'line 38: window "weekend": time_zone = "Europe": must be a time zone such as'),
        (38, 'time_zone = "../../etc/passwd"', 'line 38: window "weekend": time_zone = "../../etc/passwd": must be'),
        (40, "[blackout]", "line 40: blackout: must be written [[blackout]], in two brackets, once for each"),
        (45, 'time_zone = """', "line 45: not valid TOML: "),
    ],
)  # fmt: skip
def test_a_problem_names_its_line_its_key_and_what_to_write(line: int, instead: str, told: str) -> None:
    found = problems("\n".join([*LINES[: line - 1], instead, *LINES[line:]]))
    assert any(problem.startswith(told) for problem in found), found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[rule]]\nname = "a"', 'line 1: rule "a": decides nothing: give it modes, fixes or locks'),
        ('\n[[rule]]\nname = "a"\nlocks = "return"\nauto_after = 2', 'line 2: rule "a": has auto_after but nothing that is auto'),
        ('[[blackout]]\nname="b"\nfrom="00:00"\nto="00:00"\ntime_zone="UTC"', 'line 1: blackout "b": never ends'),
        ("x = [\n1,\n2", "line 1: not valid TOML: "),
        ("\n\nx = " + "9" * 5000, "line 3: not readable: a number is too long"),
        ("\nx = " + "[" * 5000, "line 2: not readable: values are nested too deeply"),
        ("[limits]\ncooldown_minutes = 0x" + "f" * 5000, "line 2: limits.cooldown_minutes: must be at most 1440"),
        ("modes = 3", "line 1: modes = 3: must be a table"),
        ("\n'a b\\n' = 1", 'line 2: "a b\\\\n" is no key here'),
    ],
    ids=lambda value: value[:30],
)  # fmt: skip
def test_a_problem_that_has_no_key_of_its_own_names_the_line_where_it_begins(text: str, told: str) -> None:
    found = problems(text)
    assert found[0].startswith(told), found


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
