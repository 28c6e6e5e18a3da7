"""`python -m tests.bench.profiled_host ...`: the local host under cProfile, which writes to $BENCH_PROFILE when it ends."""

import cProfile
import os
import sys

from sandbox.host.__main__ import main

if __name__ == "__main__":
    profile = cProfile.Profile()
    try:
        code = profile.runcall(main)
    finally:
        profile.dump_stats(os.environ["BENCH_PROFILE"])
    sys.stderr.flush()
    os._exit(code)
