"""`python -m tests.bench.unmetered_sandbox ...`: the sandbox without Azure's request quotas.

So the engine's own speed is seen beside what the quotas leave of it: ARM grants a subscription 250 reads at once and 25
more a second.
"""

import sys

from sandbox.__main__ import main
from sandbox.arm.meters import Meters


def _free(meters: Meters, *what: object) -> dict[str, str]:
    return {}


if __name__ == "__main__":
    Meters.charge_arm = _free  # type: ignore[assignment,method-assign]
    Meters.charge_backup = _free  # type: ignore[assignment,method-assign]
    sys.exit(main(sys.argv[1:]))
