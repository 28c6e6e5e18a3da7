"""What `python -m engine.policy.check` tells an owner before the policy is deployed."""

import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.limits.incidents import Brake
from engine.policy import Limits
from engine.policy.check import main, report
from engine.policy.file import read_policy
from engine.policy.notes import notes
from engine.policy.reference import reference
from engine.policy.summary import summary
from tests.engine.test_policy import SUB, place
from tests.engine.test_policy_file import WHOLE

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
"""A Saturday."""


def told_of(text: str) -> list[str]:
    policy = read_policy(text)
    assert policy.problems == ()
    return notes(policy, NOW)


def test_a_right_file_is_shown_and_ends_well() -> None:
    lines, answer = report("policy.toml", WHOLE.encode(), NOW)
    assert (answer, lines[0]) == (0, "policy.toml: ok")
    assert lines[1:] == [*summary(read_policy(WHOLE), NOW), "", *told_of(WHOLE)]


def test_the_problems_of_a_wrong_file_stand_one_a_line() -> None:
    lines, answer = report("my.toml", b"[mode]\n[modes]\nbackup = 1\n", NOW)
    assert answer == 1
    assert [line.partition(": ")[0] for line in lines] == ["my.toml line 1", "my.toml line 3"]


def test_a_file_in_another_encoding_is_named_with_its_line() -> None:
    assert report("p.toml", b"# a\n# \xfc\n", NOW) == (
        ["p.toml line 2: not UTF-8: save the file with that encoding"],
        1,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "every tier asks"),
        (
            "modes = { backup='plan', extension='plan', guest='plan', machine='plan', governance='observe', data='plan' }",
            "nothing is ever changed",
        ),
        ("modes = { data = 'auto' }", "data is auto in [modes]: whole collections still need a person"),
        ("[[rule]]\nname='r'\nmodes={ data='auto' }", "data is auto in r: whole collections still need a person"),
        (
            "[[rule]]\nname='r'\nfixes={ delete_restore_point_collection='auto' }",
            "data is auto in r: whole collections",
        ),
        ("[[rule]]\nname='r'\nlocks='leave off'", "lifted locks stay off in r"),
        ("[[rule]]\nname='r'\ntag='a=b'\nlocks='return'", "tags decide here"),
        (
            "[[rule]]\nname='a'\nmodes={ backup='plan' }\n[[rule]]\nname='b'\nvault='x'\nmodes={ backup='auto' }\n"
            "fixes={ trigger_backup='auto' }",
            'rule "b": modes.backup, fixes.trigger_backup never decides: rule "a" stands before it',
        ),
    ],
)
def test_the_notes_say_what_the_modes_come_to(text: str, told: str) -> None:
    assert any(note.startswith(told) for note in told_of(text)), told_of(text)


def test_no_note_is_made_of_what_does_not_hold() -> None:
    assert told_of("modes = { backup = 'auto' }") == []


def test_a_file_that_says_nothing_is_told_to_be_the_default() -> None:
    assert told_of("# later")[0] == "the file sets nothing: all of this is the default"


def rules(first: str, later: str) -> str:
    both = ((first, "backup = 'plan'"), (later, "backup = 'auto', data = 'auto'"))
    return "".join(f"[[rule]]\nname = '{at}'\n{keys}\nmodes = {{ {modes} }}\n" for at, (keys, modes) in enumerate(both))


@pytest.mark.parametrize(
    ("first", "later", "dead"),
    [
        (f"subscription = '{SUB}'", f"subscription = '{SUB}'\ngroup = 'rg-app'", True),
        ("vault = 'rsv-*'", "vault = 'rsv-test-*'\ntag = 'env=test'", True),
        (f"subscription = '{SUB}'", "group = 'rg-app'", False),
        ("tag = 'env=test'", "vault = 'rsv-test-01'", False),
        ("vault = 'rsv-test-*'", "vault = 'rsv-*'", False),
    ],
)
def test_a_rule_that_an_earlier_and_wider_one_silences_is_named_and_one_that_merely_overlaps_is_not(
    first: str, later: str, dead: bool
) -> None:
    said = [note for note in told_of(rules(first, later)) if "never decides" in note]
    assert len(said) == dead
    assert not dead or said[0].startswith('rule "1": modes.backup never decides: rule "0" stands before it')


def test_entries_that_an_entry_of_the_deny_list_holds_are_named() -> None:
    outer, inner = f"/subscriptions/{SUB}/resourceGroups/rg-app", place().machine_id.replace("rg-app", "RG-APP")
    beside = f"{outer}-2"
    allow, deny = f"allow = ['{inner}', '{outer}/', '{beside}']", f"deny = ['{inner}', '{outer}']"
    assert told_of(f"modes = {{ backup = 'auto' }}\n[scope]\n{allow}\n{deny}") == [
        f"scope.allow: {inner} is never worked on: scope.deny holds {outer}",
        f"scope.allow: {outer}/ is never worked on: scope.deny holds {outer}",
        f"scope.deny: {inner} is needless: scope.deny holds {outer}",
    ]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("incident_items = 49", []),
        ("incident_items = 50", ["limits.incident_items = 50: a sweep opens at most 50 cases"]),
        ("cases_at_once_per_vault = 100", []),
        ("cases_at_once_per_vault = 101", ["limits.cases_at_once_per_vault is never reached"]),
    ],
)
def test_limits_that_never_hold_anything_back_are_named(limits: str, told: list[str]) -> None:
    said = told_of(f"modes = {{ backup = 'auto' }}\n[limits]\n{limits}")
    assert [note[: len(begins)] for note, begins in zip(said, told, strict=True)] == told


@pytest.mark.parametrize(
    ("blackout", "covered"),
    [
        ("from='21:00'\nto='05:00'", True),
        ("from='21:00'\nto='04:59'", False),
        ("from='21:00'\nto='05:00'\nvault='x'", False),
    ],
)
def test_a_window_for_backups_that_blackouts_cover_is_named(blackout: str, covered: bool) -> None:
    window = "[[window]]\nname='w'\ntiers=['backup']\ndays=['Sat']\nfrom='22:00'\nto='05:00'\ntime_zone='UTC'\n"
    said = told_of(f"modes = {{ backup = 'auto' }}\n{window}[[blackout]]\nname='b'\ntime_zone='UTC'\n{blackout}")
    assert said == ['window "w": no backup is ever triggered in it: blackout "b" covers all of it'] * covered


def test_a_file_that_is_missing_ends_with_two_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.toml")]) == main([str(tmp_path)]) == 2
    first, second = capsys.readouterr().out.splitlines()
    assert "none.toml: cannot be read: No such file or directory. Give the path of a policy file." in first
    assert "cannot be read" in second


def test_a_file_name_that_is_nearly_right_is_set_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "policy.toml").write_text("", "utf-8")
    assert main([str(tmp_path / "polcy.toml")]) == 2
    assert capsys.readouterr().out.endswith("Give the path of a policy file; did you mean policy.toml?\n")


def test_without_a_file_it_says_how_to_name_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main([""]) == 2
    assert "make policy-check FILE=policy.toml" in capsys.readouterr().out.splitlines()[1]


def test_the_check_runs_as_a_command_on_the_file_that_comes_with_the_engine() -> None:
    run = [sys.executable, "-m", "engine.policy.check", "policy.toml"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "every tier asks: nothing is changed before a person approves the plan" in done.stdout


def test_the_reference_is_current() -> None:
    """After a change: `python -m engine.policy.check --schema > docs/policy.md`."""
    assert (ROOT / "docs/policy.md").read_text("utf-8") == reference()


@pytest.mark.parametrize(
    ("region", "failing", "word"), [(60, 11, "eleventh"), (150, 16, "sixteenth"), (1000, 21, "twenty-first")]
)
def test_the_reference_says_from_which_item_on_it_is_an_incident(region: int, failing: int, word: str) -> None:
    assert Brake(Limits().incident_items, Limits().incident_percent, region).most == failing - 1
    assert re.search(rf"{word}[^,]*\bin\s(a region of |one\sof )\s*{region:,}", reference()), reference()


def test_reading_a_policy_pulls_pydantic_in_and_importing_its_module_does_not() -> None:
    script = "import sys, engine.policy, engine.policy.file; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
