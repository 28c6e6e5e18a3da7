"""Azurite's table service, started once for all tests on a free loopback port."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MAIN = ROOT / "node_modules/azurite/dist/src/table/main.js"
READY = "successfully started on 127.0.0.1:"
FLAGS = ("--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck")
ACCOUNT = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
)


def store_url(port: int) -> str:
    """Write STORE_URL for the table service at `port`."""
    return f"{ACCOUNT}TableEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"


@contextmanager
def running() -> Iterator[int]:
    """Start the table service, give its port, and end the process by its id."""
    node = node_or_skip()
    # Node prints warnings about its own modules on stderr: they are dropped.
    with subprocess.Popen(
        [node, str(MAIN), "--tableHost", "127.0.0.1", "--tablePort", str(free_port()), *FLAGS],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as service:
        try:
            yield port_of(service)
        finally:
            service.kill()


def node_or_skip() -> str:
    """Find Node, or skip; with CI=true a missing Azurite fails, so that the promise is never left untested there."""
    node = shutil.which("node")
    if node and MAIN.exists():
        return node
    reason = "Azurite is missing: install Node.js 20 or newer, then run `make azurite`"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    """Let the system name a port that is free now."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_of(service: subprocess.Popen[str]) -> int:
    """Read the service's output up to the line that says where it listens."""
    assert service.stdout is not None
    for line in service.stdout:
        if READY in line:
            return int(line.partition(READY)[2])
    raise AssertionError(f"Azurite ended with code {service.wait()} before it was ready")
