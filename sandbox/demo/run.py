"""One run of the demo: plays the worlds, a few at a time, and gathers what is to be told."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress

from rich.console import Console

from sandbox.demo.board import Board
from sandbox.demo.facts import Ending
from sandbox.demo.judge import failures
from sandbox.demo.keep import invitation
from sandbox.demo.options import Options
from sandbox.demo.pieces import PieceFailed
from sandbox.demo.play import played
from sandbox.demo.report import write_report
from sandbox.demo.show import showing
from sandbox.demo.stage import Stage, staged
from sandbox.demo.summary import summary
from sandbox.demo.table import write_picture
from sandbox.demo.web import NoAnswer
from sandbox.demo.worlds import label, missing, to_play


class Demo:
    def __init__(self, options: Options, console: Console) -> None:
        self._options, self._console = options, console
        self._worlds = to_play(options.world)
        self._board = Board.of([label(world) for world in self._worlds])
        self._endings: dict[str, Ending] = {}
        self._broken = [f"{name}: this listed world has no file in sandbox/worlds." for name in missing(options.world)]
        self._turns = asyncio.Semaphore(options.parallel)
        self._kept: Stage | None = None

    async def run(self) -> int:
        """Play all and tell all; the exit code. With --keep it returns once it is cancelled."""
        began = time.monotonic()
        async with AsyncExitStack() as at_end:
            async with showing(self._board, self._console):
                await asyncio.gather(*(self._play(world, at_end) for world in self._worlds))
            good = self._tell(time.monotonic() - began)
            if self._kept:
                self._print(await invitation(self._kept))
                with suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
        return 0 if good else 1

    async def _play(self, world: str, at_end: AsyncExitStack) -> None:
        """Play one world when its turn comes; with --keep its processes live until the end of the run."""
        name = label(world)
        async with self._turns:
            self._board.starting(name)
            try:
                async with AsyncExitStack() as stack:
                    stage = await stack.enter_async_context(
                        staged(world, self._options.folder / name, self._options.policy)
                    )
                    self._endings[name] = await played(name, stage, self._board, self._options.limit)
                    if self._options.keep:
                        self._kept = stage
                        at_end.push_async_callback(stack.pop_all().aclose)
                self._board.ended(name, "still open at the limit")
            except (PieceFailed, NoAnswer) as broken:
                self._broken.append(f"{name}: {broken}")
                self._board.ended(name, "could not be played")

    def _tell(self, real_seconds: float) -> bool:
        """Print the summary and each failure, write report and picture; whether all is as declared."""
        endings = [self._endings[name] for name in map(label, self._worlds) if name in self._endings]
        totals = summary(endings, real_seconds)
        wrong = [*self._broken, *(text for ending in endings for text in failures(ending))]
        self._print(totals)
        for text in wrong:
            self._print(f"NOT AS DECLARED  {text}", style="bold red")
        write_report(self._options.report, endings)
        self._print(f"The report is in {self._options.report}.")
        if self._options.picture:
            write_picture(self._options.picture, self._board, totals)
        return bool(endings) and not wrong

    def _print(self, text: str, style: str | None = None) -> None:
        self._console.print(text, style=style, highlight=False, markup=False, soft_wrap=True)
