"""The demo as its user runs it: a process that starts two more."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


def demo(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "sandbox.demo", "--folder", str(folder), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finished(folder: Path, *arguments: str) -> tuple[int, str]:
    process = demo(folder, *arguments)
    out, _ = process.communicate(timeout=120)
    return process.returncode, out


def test_the_locked_group_ends_as_declared_and_its_lock_is_back(tmp_path):
    code, out = finished(tmp_path / "demo", "--world", "locked_group")
    assert code == 0, out
    assert "\x1b" not in out and "1 locks returned" in out
    (row,) = json.loads((tmp_path / "demo" / "report.json").read_text())
    assert row["named_cause"] == "backup_group_locked"
    assert row["actual_outcome"].startswith("remediated, recurs about 2026-03-")
    kinds = [change.split()[0] for change in row["changes"] if not change.startswith("alert.close")]
    assert kinds == ["lock.delete", "backup.trigger", "lock.write"]
    assert sum(change.startswith("alert.close") for change in row["changes"]) == 2, (
        "the failure's, and the expected one's"
    )
    assert row["arm_requests"] > 10 and row["simulated_seconds"] > 3600 and row["real_seconds"] > 0


def test_a_world_that_ends_otherwise_than_declared_fails_the_demo_and_is_named(tmp_path):
    world = tmp_path / "altered.toml"
    text = (ROOT / "sandbox" / "worlds" / "inherited_lock.toml").read_text()
    world.write_text(text.replace("needs a person", "remediated"))
    code, out = finished(tmp_path / "demo", "--world", str(world))
    assert code == 1, out
    assert (
        "NOT AS DECLARED  altered: web-01 ended as lock_inherited -> needs a person; "
        "the world declares lock_inherited -> remediated." in out
    )


def test_a_policy_of_ones_own_decides_in_the_demo(tmp_path):
    tiers = ("backup", "extension", "governance", "data")
    (policy := tmp_path / "mine.toml").write_text("[modes]\n" + "".join(f'{tier} = "observe"\n' for tier in tiers))
    code, out = finished(tmp_path / "demo", "--world", "locked_group", "--policy", str(policy))
    (row,) = json.loads((tmp_path / "demo" / "report.json").read_text())
    assert code == 1 and "NOT AS DECLARED" in out
    assert (row["named_cause"], row["actual_outcome"], row["changes"]) == ("backup_group_locked", "needs a person", [])


def test_a_policy_that_is_not_there_is_said_before_anything_starts(tmp_path):
    code, out = finished(tmp_path / "demo", "--policy", str(tmp_path / "none.toml"))
    assert code == 2 and f"there is no policy {tmp_path}/none.toml" in out and not (tmp_path / "demo").exists()


def test_a_process_that_does_not_start_is_told_with_its_last_words_and_no_traceback(tmp_path):
    code, out = finished(tmp_path / "demo", "--world", "no_such_world")
    assert code == 1
    assert "the sandbox ended by itself (exit code 2)" in out and "no world 'no_such_world'" in out
    assert "Traceback" not in out


def test_ctrl_c_ends_what_the_demo_started(tmp_path):
    process = demo(tmp_path / "demo", "--world", "locked_group")
    assert process.stdout
    assert "waits for the alert" in process.stdout.readline()
    started = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert (process.returncode, len(started)) == (130, 2), out
    assert not any(child.is_running() for child in started)


def test_a_kept_world_answers_until_it_is_stopped(tmp_path):
    process = demo(tmp_path / "demo", "--world", "inherited_lock", "--keep")
    assert process.stdout
    for line in process.stdout:
        if line.strip().endswith("/api/health"):
            health = subprocess.run(line.strip(), shell=True, capture_output=True, text=True, check=True)
        if "let a day go by" in line:
            break
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert json.loads(health.stdout)["healthy"] is True
    assert process.returncode == 0


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path):
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, out = finished(tmp_path, "--world", "locked_group")
    assert code == 2 and "another demo works in" in out
