"""The sandbox as a process: ready line, worlds, assumptions, and a kill that loses nothing."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from sandbox.identity import access_token
from sandbox.model import World
from sandbox.state import State

ROOT = Path(__file__).parents[2]


@contextmanager
def running(*arguments: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[str]]]:
    """A sandbox process and its ready line; killed at the end if it still lives."""
    command = [sys.executable, "-m", "sandbox", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield json.loads(process.stdout.readline()), process
        finally:
            process.kill()


def call(ready: dict[str, Any], method: str, path: str, body: Any = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    data = json.dumps(body).encode() if body is not None else None
    with urlopen(Request(ready["url"] + path, data, headers, method=method), timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def world_of(folder: Path) -> World:
    state = State(folder)
    assert state.resume()
    state.close()
    return state.world


def test_a_killed_sandbox_restarts_as_it_was(tmp_path: Path) -> None:
    arguments = ("--world", "locked_group", "--state", str(tmp_path))
    watched = ("/_sandbox/clock", "/_sandbox/requests", "/_sandbox/changes", "/_sandbox/locks")
    with running(*arguments) as (ready, process):
        token = access_token(world_of(tmp_path))
        item = call(ready, "GET", "/_sandbox/world")["cases"][0]["item"]
        trigger = {"properties": {"objectType": "IaasVMBackupRequest"}}
        call(ready, "POST", "/_sandbox/clock", {"to": "2026-03-02T02:31:00+00:00"})
        call(ready, "POST", f"{item}/backup?api-version=2026-10-01", trigger, token)
        before = [call(ready, "GET", path) for path in watched]
        process.send_signal(signal.SIGKILL)
        process.wait()
    with running(*arguments) as (ready, _):
        assert [call(ready, "GET", path) for path in watched] == before
        call(ready, "POST", "/_sandbox/clock", {"to": "2026-03-02T03:00:00+00:00"})
        jobs = f"{item.split('/backupFabrics/')[0]}/backupJobs?api-version=2026-10-01"
        newest = call(ready, "GET", jobs, token=token)["value"][0]["properties"]
        assert newest["errorDetails"][0]["errorTitle"] == "UserErrorRpCollectionLimitReached"


def test_the_commands_list_worlds_and_assumptions() -> None:
    def lines(what: str) -> list[str]:
        command = [sys.executable, "-m", "sandbox", what]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()

    assert any(line.startswith("locked_group ") for line in lines("worlds"))
    assumed = lines("assumptions")
    assert any("stays in force for 90 s" in line for line in assumed)
    assert all(line.startswith("sandbox/") for line in assumed)


def test_an_unknown_world_is_refused_with_the_known_names() -> None:
    command = [sys.executable, "-m", "sandbox", "--world", "atlantis"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "locked_group" in ended.stderr


@pytest.mark.parametrize(
    ("option", "text", "why"),
    [
        ("--role", None, "cannot be read as a role definition"),
        ("--role", "{", "cannot be read as a role definition"),
        ("--role", '"Reader"', "cannot be read as a role definition"),
        ("--faults", None, "cannot be read as faults"),
        ("--faults", '[{"kind": "bad luck"}]', "unknown fault kind 'bad luck'"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_line(
    option: str, text: str | None, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "file.json"
    if text is not None:
        file.write_text(text)
    command = [sys.executable, "-m", "sandbox", option, str(file)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2 and "Traceback" not in ended.stderr
    assert str(file) in ended.stderr.splitlines()[-1] and why in ended.stderr.splitlines()[-1]


def test_asking_for_the_package_alone_starts_no_server() -> None:
    code = "import sys, sandbox; sys.exit('aiohttp' in sys.modules or 'pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
