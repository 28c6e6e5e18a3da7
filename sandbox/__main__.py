"""`python -m sandbox`: serve a world, list the worlds, list the assumptions."""

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from sandbox.arm.faults import parse_faults
from sandbox.assumptions import assumptions
from sandbox.roles import Role, read_role
from sandbox.server import Sandbox
from sandbox.world_files import UnknownWorld, declared, names
from sandbox.world_keys import BadWorld


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("serve", "worlds", "assumptions"), default="serve")
    parser.add_argument("--world", default="locked_group", help="a declared world, a .toml file, or locked_fleet:N")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, help="folder that keeps the world; resumed when it is there")
    parser.add_argument("--latency-ms", type=int, default=0)
    parser.add_argument("--time-scale", type=float, default=0, help="0: the clock moves only when told to")
    parser.add_argument("--role", type=_role, help="role definition (JSON); without it every action is allowed")
    parser.add_argument("--faults", type=_faults, help="faults to inject (JSON)")
    parser.add_argument("--tls-port", type=int, default=0, help="port of the TLS front")
    parser.add_argument("--tls-dir", type=Path, help="folder for ca.pem; switches the TLS front on")
    return parser.parse_args(argv)


def _role(path: str) -> Role:
    try:
        return read_role(Path(path))
    except (OSError, ValueError, AttributeError, TypeError) as wrong:
        raise argparse.ArgumentTypeError(f"{path} cannot be read as a role definition: {wrong}") from wrong


def _faults(path: str) -> Any:
    try:
        parse_faults(found := json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError, TypeError) as wrong:
        raise argparse.ArgumentTypeError(f"{path} cannot be read as faults: {wrong}") from wrong
    return found


async def serve(chosen: argparse.Namespace) -> None:
    """Print one ready line, then serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Sandbox.open(
        chosen.world,
        state=chosen.state,
        port=chosen.port,
        role=chosen.role,
        faults=chosen.faults,
        latency_ms=chosen.latency_ms,
        time_scale=chosen.time_scale,
        tls_port=chosen.tls_port,
        tls_dir=chosen.tls_dir,
    ) as box:
        print(json.dumps(box.ready_line()), flush=True)
        await stop.wait()


def main(argv: list[str]) -> int:
    chosen = arguments(argv)
    if chosen.what == "worlds":
        print("\n".join(f"{name:20} {declared(name)[1]['title']}" for name in names()))
    elif chosen.what == "assumptions":
        print("\n".join(assumptions()))
    else:
        try:
            asyncio.run(serve(chosen))
        except (UnknownWorld, BadWorld) as wrong:
            print(wrong, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
