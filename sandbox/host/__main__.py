"""`python -m sandbox.host`: run a function app on this machine until SIGTERM or Ctrl-C."""

import gc
import os
import sys
from dataclasses import replace

from sandbox.host.logs import log_to_stderr
from sandbox.host.options import read_options


def main() -> int:
    options = read_options()
    options = replace(options, app=options.app.resolve(), data=options.data.resolve())
    log_to_stderr(options.verbose)
    out, sys.stdout = sys.stdout, sys.stderr  # what the app prints must not mix with the ready line
    gc.disable()  # importing makes no garbage; this is a tenth of the start
    from sandbox.host.serve import serve

    gc.freeze()
    gc.enable()
    return serve(options, out)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # a function that hangs in the worker's thread pool must not keep the process alive
