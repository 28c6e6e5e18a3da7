"""One run of the crash matrix: a world is played to its end, with at most one SIGKILL of the host on the way.

Kills at ARM requests are made on a store in an SQLite file, which takes a third of the time; kills at store writes on
Azurite behind a proxy.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.store.opening import open_rows
from tests.end_to_end.stage import staged
from tests.end_to_end.tables import emptied
from tests.gateway.store import azurite
from tests.matrix.crash_judge import changes_of, judged
from tests.matrix.crash_kills import ARM, STORE, Kill, Ran, Unbroken
from tests.matrix.crash_person import Person
from tests.matrix.crash_play import Play
from tests.matrix.crash_worlds import WORLDS
from tests.matrix.store_proxy import store_proxy

LIMIT_S = 120.0
"""Real seconds a world may take to its end; many times what it takes."""


async def play_unbroken(world: str, tables: int) -> Unbroken:
    """Play the world without a kill, on both stores; `tables` is the port of a table service that nobody else uses now."""
    async with played(world, STORE, tables) as play:
        await _to_the_end(play)
        writes = len(play.proxy.writes)
        await play.let_the_reaper_look()
        changes = changes_of(play)
        wrong = await judged(play, changes)
    async with played(world, ARM, tables) as play:
        await _to_the_end(play)
        counts = {ARM: len(play.stage.box.requests()), STORE: writes}
        await play.let_the_reaper_look()
        return Unbroken(world, counts, changes, (*wrong, *await judged(play, changes)))


async def _to_the_end(play: Play) -> None:
    await play.start()
    async with asyncio.timeout(LIMIT_S):
        await play.to_the_end_or_held()


async def play_killed(kill: Kill, changes: tuple[str, ...], tables: int) -> Ran:
    """Play the kill's world with its kill; `changes` are those of the world's unbroken run."""
    began = time.perf_counter()
    async with played(kill.world, kill.kind, tables) as play:
        play.arm(kill)
        await play.start()
        at, wrong = "", ()
        try:
            async with asyncio.timeout(LIMIT_S):
                if at := await play.to_the_end_or_held():
                    await play.kill_and_restart()
                    await play.to_the_end_or_held()
                await play.let_the_reaper_look()
            wrong = await judged(play, changes)
        except TimeoutError:
            wrong = (f"not over in {LIMIT_S:.0f} s: {await play.how_far()}",)
        return Ran(kill, at, wrong, time.perf_counter() - began)


@asynccontextmanager
async def played(world: str, kind: str, tables: int) -> AsyncIterator[Play]:
    """Set the stage of a world, with an empty store of the kind's sort and the host not yet started."""
    one = WORLDS[world]
    with TemporaryDirectory(prefix="crash-") as folder:
        async with store_proxy(tables) as proxy:
            direct = through = f"sqlite://{folder}/store.db"
            if kind == STORE:
                direct, through = await emptied(tables), azurite.store_url(proxy.port)
            async with staged(one.declaration(), Path(folder), {"STORE_URL": through, **one.settings()}) as stage:
                rows = open_rows(direct)
                try:
                    yield Play(stage, proxy, rows, Person(one.decision))
                finally:
                    await rows.close()
