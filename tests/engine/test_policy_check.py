"""What `python -m engine.policy.check` tells an owner before the policy is deployed."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.policy.check import main, notes, report
from engine.policy.file import read_policy
from engine.policy.reference import reference
from tests.engine.test_policy_file import WHOLE

ROOT = Path(__file__).parents[2]


def test_a_right_file_is_shown_as_modes_by_rule_and_tier() -> None:
    lines, answer = report("policy.toml", WHOLE.encode())
    assert (answer, lines[0]) == (0, "policy.toml: ok")
    assert [line.split() for line in lines[2:6]] == [
        ["rule", "backup", "extension", "governance", "data", "locks", "fixes"],
        "test machines|auto after 5|auto after 5|-|-|leave off|remove_backup_group_locks: auto after 5".replace("|", " ").split(),
        ["the", "rest", "-", "-", "observe", "-", "-", "-"],
        ["[modes]", "auto", "approve", "approve", "plan", "return", "-"],
    ]  # fmt: skip


def test_the_problems_of_a_wrong_file_stand_one_a_line() -> None:
    lines, answer = report("my.toml", b"[mode]\n[modes]\nbackup = 1\n")
    assert answer == 1
    assert [line.partition(": ")[0] for line in lines] == ["my.toml line 1", "my.toml line 3"]


def test_a_file_in_another_encoding_is_named_with_its_line() -> None:
    assert report("p.toml", b"# a\n# \xfc\n") == (["p.toml line 2: not UTF-8: save the file with that encoding"], 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "every tier asks"),
        ("modes = { backup='plan', extension='plan', governance='observe', data='plan' }", "nothing is ever changed"),
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
            'rule "b": modes.backup, fixes.trigger_backup never decides, rule "a" before it does',
        ),
    ],
)
def test_the_notes_say_what_the_modes_come_to(text: str, told: str) -> None:
    policy = read_policy(text)
    assert policy.problems == ()
    assert any(note.startswith(told) for note in notes(policy)), notes(policy)


def test_no_note_is_made_of_what_does_not_hold() -> None:
    assert notes(read_policy("modes = { backup = 'auto' }")) == []


def test_a_file_that_is_missing_ends_with_two_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.toml")]) == main([str(tmp_path)]) == 2
    first, second = capsys.readouterr().out.splitlines()
    assert "none.toml: cannot be read: No such file or directory. Give the path of a policy file." in first
    assert "cannot be read" in second


def test_the_check_runs_as_a_command_on_the_file_that_comes_with_the_engine() -> None:
    run = [sys.executable, "-m", "engine.policy.check", "policy.toml"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "every tier asks: nothing is changed before a person approves the plan" in done.stdout


def test_the_reference_is_current() -> None:
    """After a change: `python -m engine.policy.check --schema > docs/policy.md`."""
    assert (ROOT / "docs/policy.md").read_text("utf-8") == reference()


def test_reading_a_policy_pulls_pydantic_in_and_importing_its_module_does_not() -> None:
    script = "import sys, engine.policy, engine.policy.file; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
