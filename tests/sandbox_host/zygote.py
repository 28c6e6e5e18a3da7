"""Starts hosts quickly for tests: imports what a host needs once, then forks a process for each.

Reads one job a line, `{"arguments", "out", "err"}`, and answers with the process id. What is forked runs the host's own
`main`, and dies by a real SIGKILL like any other; only the second of importing libraries is saved.
"""

import gc
import json
import os
import signal
import sys
from importlib import import_module

import azure.durable_functions
import azure.functions  # noqa: F401
import azure_functions_runtime  # noqa: F401

import sandbox.host.serve  # noqa: F401
from sandbox.host.__main__ import main

COSTLY = (
    "azure.mgmt.compute.aio",
    "azure.mgmt.recoveryservicesbackup.aio",
    "azure.mgmt.resource.locks.aio",
    "azure.mgmt.resource.resources.aio",
    "azure.mgmt.resourcegraph.aio",
    "azure.identity.aio",
    "fastapi",
)
"""What an app may import on first use; done once here, it saves every host of a test two seconds of work."""


def start(job: dict[str, object]) -> None:
    """In the child: become `python -m sandbox.host` with these arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, path in ((1, job["out"]), (2, job["err"])):
        descriptor = os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin.close()
    sys.argv = ["sandbox.host", *job["arguments"]]
    code = 1
    try:
        code = main()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children: the system clears them away
    for name in COSTLY:
        import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            start(json.loads(line))
        print(pid, flush=True)
