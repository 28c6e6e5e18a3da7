"""What of a machine lies on the host that it runs on, and is lost when it leaves that host."""

import re

from gateway.arm.model import Machine

SIZE = re.compile(
    r"Standard_(?P<family>[A-Z]+)\d+(-\d+)?(?P<features>[a-z]*)(_[A-Z]\w*)?(_v(?P<version>\d+))?", re.ASCII
)
"""Azure's naming convention of sizes: family, vCPUs, constrained vCPUs, additive features, accelerator, version."""


def on_the_host(machine: Machine) -> str:
    """What of the machine lies on its host and would be lost, "" where nothing does.

    By the size's name: `d` is a local disk, and so have the families L, M, N and H and the versions before v4, which do not
    say it. A name that cannot be read counts as having one (learn.microsoft.com/azure/virtual-machines/vm-naming-conventions).
    """
    if lost := [disk.name for disk in machine.disks if disk.ephemeral]:
        return f"the ephemeral disk {lost[0]}"
    size = SIZE.fullmatch(machine.size)
    if size is None:
        return f"perhaps a local disk: the size {machine.size or '(not told)'} is not understood"
    local = "d" in size["features"] or size["family"][0] in "LMNH" or int(size["version"] or 1) < 4
    return f"the local disk of the size {machine.size}" if local else ""
