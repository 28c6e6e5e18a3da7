"""Runs one host until it is told to stop."""

import asyncio
import json
import os
import signal
import sys
from typing import TextIO

from sandbox.host.clock import ClockUnreachable
from sandbox.host.config import ConfigError
from sandbox.host.host import AlreadyRunning, Host
from sandbox.host.options import Options


def serve(options: Options, out: TextIO) -> int:
    """Run the host until SIGTERM or Ctrl-C; returns the exit code. One line of JSON on `out` says it is ready."""
    try:
        asyncio.run(_serve(options, out))
    except (AlreadyRunning, ConfigError, ClockUnreachable, OSError) as error:
        print(f"the host cannot start: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(options: Options, out: TextIO) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    host = Host(options)
    url = await host.start()
    ready = {"url": url, "master_key": host.keys.master, "function_key": host.keys.function, "pid": os.getpid()}
    print(json.dumps(ready), file=out, flush=True)
    await stopping.wait()
    await host.stop()
