"""The worker in a process of its own: the same app, the same answers, one life with the host."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from .conftest import JUMPING
from .process import HostProcess
from .stub_clock import START, StubClock

APART = ("--python", sys.executable)


@pytest.fixture
async def apart(tmp_path: Path) -> AsyncIterator[HostProcess]:
    async with HostProcess(tmp_path / "host", "full", *APART) as running:
        yield running


async def worker_of(host: HostProcess) -> psutil.Process:
    return psutil.Process((await host.admin("GET", "/admin/host/status"))[1]["worker"]["pid"])


async def test_requests_messages_and_runs_pass_to_the_other_process_and_back(apart: HostProcess) -> None:
    assert (await worker_of(apart)).ppid() == apart.ready["pid"]
    large = bytes(range(256)) * 10_000
    assert apart.session
    headers = {"x-functions-key": apart.ready["function_key"], "X-Say": "hello"}
    async with apart.session.post(f"{apart.url}/api/guarded", data=large, headers=headers) as answer:
        assert (answer.status, answer.headers["x-echo"], await answer.read()) == (201, "hello", large)
    assert (await apart.call("GET", "/api/items/7?x=1"))[1] == {"by": "number", "n": "7", "q": {"x": "1"}}
    assert await apart.call("POST", "/api/raises") == (500, "")
    assert "not today" in apart.errors()
    assert (await apart.call("POST", "/api/alerts", ["one", "two"]))[0] == 202
    await apart.start_flow("hops", {"hops": 5}, "run")
    assert (await apart.idle())["instances"] == {"completed": 1}
    assert {message["text"] for message in apart.book("message")} == {"one", "two"}


async def test_the_app_does_not_find_the_host_nor_what_stands_beside_it(apart: HostProcess) -> None:
    worker = (await apart.admin("GET", "/admin/host/status"))[1]["worker"]
    assert worker["path"][0] == worker["folder"] and worker["folder"].endswith("full")
    assert not [place for place in worker["path"] if (Path(place) / "sandbox").exists()]


async def test_it_is_told_the_time_of_the_host(tmp_path: Path, clock: StubClock) -> None:
    async with HostProcess(tmp_path / "host", "full", "--clock", clock.url, *JUMPING, *APART) as host:
        assert (await host.call("GET", "/api/now"))[1]["now"] == START.isoformat()
        later = START + timedelta(hours=1)
        await host.start_flow("waiter", {"wait_s": 3600}, "hour")
        await host.admin("POST", "/admin/host/release-jump", {"until": later.isoformat()})
        assert (await host.idle())["now"] >= later.isoformat()
        assert (await host.call("GET", "/api/now"))[1]["now"] >= later.isoformat()


async def test_an_app_that_does_not_import_answers_404_and_its_error_is_told(tmp_path: Path) -> None:
    async with HostProcess(tmp_path / "host", "broken", *APART) as host:
        status = (await host.admin("GET", "/admin/host/status"))[1]
        assert (status["state"], (await host.call("GET", "/api/anything"))[0]) == ("Error", 404)
        assert "this_module_does_not_exist" in status["errors"][0]


async def test_a_python_without_the_workers_library_is_an_app_that_cannot_be_loaded(tmp_path: Path) -> None:
    base = str(Path(sys.base_prefix) / "bin" / "python3")
    async with HostProcess(tmp_path / "host", "full", "--python", base) as host:
        status = (await host.admin("GET", "/admin/host/status"))[1]
        assert (status["state"], status["errors"]) == (
            "Error",
            ["the worker's process has ended; what it wrote stands above"],
        )
    assert "No module named 'azure_functions_runtime'" in host.errors()


async def test_it_ends_with_the_host_killed_or_stopped(make_host: Callable[..., HostProcess]) -> None:
    host = make_host(*APART)
    for end in (host.kill, host.terminate):
        await host.start()
        worker = await worker_of(host)
        await end()
        await asyncio.to_thread(worker.wait, 10)


async def test_the_host_ends_with_it_and_goes_on_after_the_next_start(tmp_path: Path, clock: StubClock) -> None:
    async with HostProcess(tmp_path / "host", "full", "--clock", clock.url, *JUMPING, *APART) as host:
        await host.start_flow("waiter", {"wait_s": 60}, "run")
        os.kill((await worker_of(host)).pid, signal.SIGKILL)
        await host.ended()
        assert "THE WORKER'S PROCESS HAS ENDED" in host.errors()
        await host.start()
        await host.admin("POST", "/admin/host/release-jump", {"until": (START + timedelta(minutes=5)).isoformat()})
        assert (await host.idle())["instances"] == {"completed": 1}
