"""`python -m sandbox.demo`: play the worlds, show how their cases end; exit 0 only where all ended as declared."""

import asyncio
import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from sandbox.demo.options import Options, read_options
from sandbox.demo.run import Demo

BUSY, INTERRUPTED = 2, 130


def main() -> int:
    options = read_options()
    console = Console(soft_wrap=False)
    try:
        with _alone_in(options.folder):
            return asyncio.run(_until_stopped(options, console))
    except BlockingIOError:
        print(f"another demo works in {options.folder}: wait for it, or give --folder", file=sys.stderr)
        return BUSY
    except asyncio.CancelledError:
        print("stopped; all that the demo started has ended", file=sys.stderr)
        return INTERRUPTED


async def _until_stopped(options: Options, console: Console) -> int:
    """Ctrl-C and SIGTERM end the demo, and what it started before that."""
    here = asyncio.current_task()
    assert here
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, here.cancel)
    return await Demo(options, console).run()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock. Raises BlockingIOError where another demo holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


if __name__ == "__main__":
    sys.exit(main())
