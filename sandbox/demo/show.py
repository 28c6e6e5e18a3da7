"""Shows the board while it changes: a live table on a terminal, plain lines elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO, Protocol

from rich.console import Console
from rich.live import Live

from sandbox.demo.board import Board, Row
from sandbox.demo.table import draw

FRAME_SECONDS = 0.15


class Show(Protocol):
    def refresh(self) -> None:
        """Bring what is seen up to date with the board."""
        ...


class PlainLines:
    """A line whenever a case takes a step; no escape codes."""

    def __init__(self, board: Board, out: IO[str]) -> None:
        self._board, self._out = board, out
        self._said: dict[tuple[str, str], str] = {}

    def refresh(self) -> None:
        for row in self._board.rows:
            self._say(row)

    def _say(self, row: Row) -> None:
        machine, text = row.declared.machine if row.declared else "", _line(row)
        if text and self._said.get((row.world, machine)) != text:
            self._said[row.world, machine] = text
            print(f"{row.world:18} {machine:9} {row.clock:10} {text}", file=self._out, flush=True)


def _line(row: Row) -> str:
    if row.over:
        cause, outcome = (row.case.cause, row.case.outcome) if row.case else ("", "")
        return f"{'ok ' if row.good else 'NOT AS DECLARED'} {cause or '-'} -> {outcome or row.note}".replace(
            "ok  ", "ok "
        )
    return row.step if row.declared else ""


class LiveTable:
    def __init__(self, board: Board, live: Live) -> None:
        self._board, self._live = board, live

    def refresh(self) -> None:
        self._live.update(draw(self._board), refresh=True)


@asynccontextmanager
async def showing(board: Board, console: Console) -> AsyncIterator[None]:
    """Show the board while the block runs; on a terminal the whole final table stays."""
    if not console.is_terminal:
        async with _refreshed(PlainLines(board, console.file)):
            yield
        return
    with Live(draw(board), console=console, auto_refresh=False, transient=True) as live:
        async with _refreshed(LiveTable(board, live)):
            yield
    console.print(draw(board))


@asynccontextmanager
async def _refreshed(show: Show) -> AsyncIterator[None]:
    task = asyncio.create_task(_refresh_for_ever(show))
    try:
        yield
    finally:
        task.cancel()
        show.refresh()


async def _refresh_for_ever(show: Show) -> None:
    while True:
        show.refresh()
        await asyncio.sleep(FRAME_SECONDS)
