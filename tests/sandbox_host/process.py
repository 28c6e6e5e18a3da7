"""Runs `python -m sandbox.host` as a real process, for tests."""

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
APPS = Path(__file__).resolve().parent / "apps"


class Zygote:
    """The process that hosts are forked from; ends with the tests."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.sandbox_host.zygote"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        atexit.register(self._process.kill)

    def fork(self, job: dict[str, Any]) -> int:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@cache
def _zygote() -> Zygote:
    return Zygote()


def _first_line(fifo: Path) -> str:
    with fifo.open() as file:
        return file.readline()


class HostProcess:
    """One host on one data folder; it may be killed and started again."""

    def __init__(self, data: Path, app: str = "full", *arguments: str, **settings: str) -> None:
        self.data, self.app, self.arguments = data, app, list(arguments)
        data.mkdir(parents=True, exist_ok=True)
        self.book_path = data / "book.jsonl"
        self.settings = {"BOOK": str(self.book_path), "WORK_QUEUE": "work", "NIGHTLY": "0 0 3 * * *", **settings}
        self.pid = 0
        self.session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "HostProcess":
        return self if self.pid else await self.start()

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def start(self, *, spawn: bool = False) -> "HostProcess":
        """Start, and wait until it is ready; `spawn` runs the command line anew instead of forking the zygote."""
        (self.data / "settings.json").write_text(json.dumps(self.settings))
        ready = self.data / "ready"
        ready.unlink(missing_ok=True)
        os.mkfifo(ready)
        began = time.perf_counter()
        self.pid = (self._spawn if spawn else self._fork)(ready)
        self._ended = os.pidfd_open(self.pid)
        line = await asyncio.wait_for(asyncio.to_thread(_first_line, ready), 20)
        self.seconds_to_ready = time.perf_counter() - began
        assert line, self.errors()
        self.ready = json.loads(line)
        self.url = self.ready["url"]
        self.session = self.session or aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=40))
        return self

    def _arguments(self) -> list[str]:
        fixed = [
            "--app",
            str(APPS / self.app),
            "--data",
            str(self.data),
            "--settings",
            str(self.data / "settings.json"),
        ]
        return [*fixed, *self.arguments]

    def _fork(self, ready: Path) -> int:
        job = {"arguments": self._arguments(), "out": str(ready), "err": str(self.data / "stderr.txt")}
        return _zygote().fork(job)

    def _spawn(self, ready: Path) -> int:
        command = [sys.executable, "-m", "sandbox.host", *self._arguments()]
        with (self.data / "stderr.txt").open("ab") as errors:
            # The FIFO is opened in the child's shell, for opening it here would wait for a reader.
            shell = ["sh", "-c", 'out=$1; shift; exec "$@" > "$out"', "sh", str(ready), *command]
            self._spawned = subprocess.Popen(shell, cwd=ROOT, stderr=errors)
        return self._spawned.pid

    async def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        await self.ended()

    async def ended(self) -> None:
        """Wait until the process has ended."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._ended, over.set)
        try:
            await asyncio.wait_for(over.wait(), 15)
        finally:
            loop.remove_reader(self._ended)
            os.close(self._ended)
            self.pid = 0

    async def close(self) -> None:
        if self.pid:
            await self.kill()
        if self.session:
            await self.session.close()

    async def call(self, method: str, path: str, body: Any = None, key: str | None = "", **kw: Any) -> tuple[int, Any]:
        """(status, JSON or text); with the function key unless another, or None, is given."""
        headers = kw.pop("headers", {})
        if key is not None:
            headers["x-functions-key"] = key or self.ready["function_key"]
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        assert self.session
        async with self.session.request(method, self.url + path, data=content, headers=headers, **kw) as answer:
            text = await answer.text()
            is_json = "json" in answer.headers.get("content-type", "")
            return answer.status, json.loads(text) if is_json else text

    async def admin(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return await self.call(method, path, body, key=self.ready["master_key"])

    async def idle(self, seconds: float = 20) -> dict[str, Any]:
        """Wait until nothing runs or could run; the host's own figures."""
        status, facts = await self.admin("GET", f"/admin/host/idle?seconds={seconds}")
        assert status == 200, (facts, self.errors())
        return dict(facts)

    async def start_flow(self, flow: str, given: Any, instance: str, many: int = 0) -> None:
        path = f"/api/start/{flow}?id={instance}&many={many}"
        status, answer = await self.call("POST", path, given)
        assert status == 202, answer

    async def ask(self, verb: str, **given: Any) -> Any:
        status, answer = await self.call("POST", f"/api/ask/{verb}", given)
        assert status == 200, (answer, self.errors())
        return answer

    def book(self, kind: str | None = None) -> list[dict[str, Any]]:
        """What the app wrote down; a line cut off by a kill is left out."""
        if not self.book_path.exists():
            return []
        lines = [line for line in self.book_path.read_text().splitlines(keepends=True) if line.endswith("}\n")]
        entries = [json.loads(line) for line in lines]
        return [entry for entry in entries if kind in (None, entry["kind"])]

    def errors(self) -> str:
        return (self.data / "stderr.txt").read_text()
