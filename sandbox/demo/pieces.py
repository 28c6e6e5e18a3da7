"""Processes that the demo starts and ends: each prints one line of JSON when it is ready."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 30
"""Both are ready in about a second; a machine under load may need many times that."""
END_SECONDS = 3
TAIL_LINES = 12


class PieceFailed(Exception):
    """A process did not start, died or does not answer; the text says which and shows the end of its stderr."""


class Piece:
    """One running process."""

    def __init__(self, what: str, process: Process, errors: Path) -> None:
        self.what, self._process, self._errors = what, process, errors
        self.ready: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    async def died(self) -> None:
        """Wait until the process ends, then raise PieceFailed."""
        await self._process.wait()
        raise self.failed(f"ended by itself (exit code {self._process.returncode})")

    def failed(self, how: str) -> PieceFailed:
        lines = self._errors.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        tail = "\n    ".join(lines) if lines else "(it said nothing)"
        return PieceFailed(f"{self.what} {how}. The end of {self._errors}:\n    {tail}")

    async def _await_ready(self) -> None:
        assert self._process.stdout
        try:
            async with asyncio.timeout(READY_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError as late:
            raise self.failed(f"was not ready after {READY_SECONDS} s") from late
        if not line:
            await self.died()
        try:
            self.ready = json.loads(line)
        except ValueError as odd:
            raise self.failed(f"printed {line!r} instead of its ready line") from odd

    async def _end(self) -> None:
        """SIGTERM, and SIGKILL for one that does not go."""
        with suppress(ProcessLookupError):
            self._process.terminate()
            try:
                async with asyncio.timeout(END_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


@asynccontextmanager
async def running(what: str, module: str, *arguments: str, errors: Path) -> AsyncIterator[Piece]:
    """Run `python -m module arguments` until the block ends; it is in its own session, so that Ctrl-C is ours alone."""
    command = [sys.executable, "-m", module, *arguments]
    with errors.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=PIPE, stderr=stderr, start_new_session=True
        )
    piece = Piece(what, process, errors)
    try:
        await piece._await_ready()
        yield piece
    finally:
        await asyncio.shield(piece._end())
