"""The command line of `python -m sandbox.host`."""

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """How one host is to run."""

    app: Path
    data: Path
    port: int = 0
    clock: str | None = None
    settings: Path | None = None
    now: str | None = None
    idle_jump: bool = False
    hold_jump: bool = False
    python: Path | None = None
    platform: Path | None = None
    verbose: bool = False


def read_options(arguments: list[str] | None = None) -> Options:
    """Parse the command line; exits with usage on a mistake."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.host", description=__doc__)
    parser.add_argument("--app", type=Path, required=True, help="folder with function_app.py and host.json")
    parser.add_argument("--data", type=Path, required=True, help="folder for keys, queues and orchestrations")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--clock", metavar="URL", help="sandbox that owns the clock (default: real time)")
    parser.add_argument("--settings", type=Path, help="JSON of settings, as in local.settings.json")
    parser.add_argument("--now", metavar="MODULE:ATTR", help="set to a callable that returns the host's time")
    parser.add_argument("--idle-jump", action="store_true", help="move the sandbox's clock whenever nothing can run")
    parser.add_argument("--hold-jump", action="store_true", help="do not jump before POST /admin/host/release-jump")
    parser.add_argument(
        "--python", type=Path, metavar="FILE", help="run the app in a process of its own, by this Python"
    )
    parser.add_argument("--platform", type=Path, metavar="DIR", help="where that Python finds the worker's library")
    parser.add_argument("--verbose", action="store_true", help="log what happens, not only what goes wrong")
    options = Options(**vars(parser.parse_args(arguments)))
    if options.idle_jump and not options.clock:
        parser.error("--idle-jump needs --clock: real time cannot be moved")
    if options.now and ":" not in options.now:
        parser.error("--now wants MODULE:ATTR")
    if options.platform and not options.python:
        parser.error("--platform needs --python: this process has the worker's library already")
    return options
