"""Plays several runs of the crash matrix at once: each lane is a process with a table service of its own."""

import asyncio
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from multiprocessing.queues import Queue

from tests.gateway.store import azurite
from tests.matrix.crash_kills import Kill, Ran, Unbroken
from tests.matrix.crash_run import play_killed, play_unbroken

TRIES = 3
"""How often a kill is tried that finds no such request: two cases of a world do not always ask in the same order."""

TOLD = 2000
"""Characters of what broke a run that are told."""

_tables = 0
"""In a lane: the port of its table service."""


class Lanes:
    """The lanes; runs are handed to whichever is free."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def unbroken(self, worlds: Iterable[str]) -> list[Unbroken]:
        """Play each world without a kill."""
        return list(self._pool.map(_unbroken, worlds))

    def killed(self, kills: Iterable[Kill], unbroken: Iterable[Unbroken]) -> Iterator[Ran]:
        """Play every kill against the changes of its world's unbroken run; each as soon as it is over.

        Where the last request of a row was reached there may be more of them: the row goes on until one is not.
        """
        wholes = {one.world: one for one in unbroken}
        waiting = {self._submit(kill, wholes) for kill in kills}
        while waiting:
            run = next(as_completed(waiting))
            waiting.discard(run)
            ran = run.result()
            if ran.at and ran.kill.n >= wholes[ran.kill.world].counts[ran.kill.kind]:
                further = Kill(ran.kill.world, ran.kill.kind, ran.kill.n + 1, ran.kill.side)
                waiting.add(self._submit(further, wholes))
            yield ran

    def _submit(self, kill: Kill, wholes: dict[str, Unbroken]) -> Future[Ran]:
        return self._pool.submit(_killed, kill, wholes[kill.world].changes)


@contextmanager
def lanes(many: int) -> Iterator[Lanes]:
    """Open so many lanes. Raises pytest's own outcome where Azurite is missing."""
    clean = multiprocessing.get_context("spawn")
    with ExitStack() as services:
        ports: Queue[int] = clean.Queue()
        for _ in range(many):
            ports.put(services.enter_context(azurite.running()))
        with ProcessPoolExecutor(many, clean, _open_lane, (ports,)) as pool:
            yield Lanes(pool)


def _open_lane(ports: "Queue[int]") -> None:
    global _tables
    _tables = ports.get()


def _unbroken(world: str) -> Unbroken:
    return asyncio.run(play_unbroken(world, _tables))


def _killed(kill: Kill, changes: tuple[str, ...]) -> Ran:
    try:
        for _ in range(TRIES):
            ran = asyncio.run(play_killed(kill, changes, _tables))
            if ran.at or ran.wrong:
                break
    except Exception as error:  # noqa: BLE001 - it must neither end the matrix nor go without its name
        return Ran(kill, "", (f"broke off: {type(error).__name__}: {str(error)[:TOLD]}",), 0.0)
    return ran
