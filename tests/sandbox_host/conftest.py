from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from .process import HostProcess
from .stub_clock import StubClock

JUMPING = ("--idle-jump", "--hold-jump", "--now", "now:source")


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[HostProcess]:
    """A host on real time."""
    async with HostProcess(tmp_path / "host") as running:
        yield running


@pytest.fixture
async def clock() -> AsyncIterator[StubClock]:
    stub = StubClock()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
async def jumper(tmp_path: Path, clock: StubClock) -> AsyncIterator[HostProcess]:
    """A host on the stub's clock that jumps when released."""
    async with HostProcess(tmp_path / "host", "full", "--clock", clock.url, *JUMPING) as running:
        yield running


@pytest.fixture
def make_host(tmp_path: Path) -> Callable[..., HostProcess]:
    """Makes hosts that are not started yet, all on one data folder."""

    def make(*arguments: str, app: str = "full", **settings: str) -> HostProcess:
        return HostProcess(tmp_path / "host", app, *arguments, **settings)

    return make
