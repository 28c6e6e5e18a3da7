"""How much memory the host and whatever it started hold, in MiB."""

from dataclasses import dataclass

import psutil

STEP = 1.25
"""Nine tenths of the alerts may raise what the first tenth left by a quarter at most."""


def resident(pid: int) -> float:
    host = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (host, *host.children(recursive=True))) / 2**20


@dataclass(slots=True)
class Memory:
    """Read at the start, after the small storm, at the highest of the whole one, after it, and while its cases work."""

    pid: int
    before: float = 0
    small: float = 0
    peak: float = 0
    after: float = 0
    at_work: float = 0

    def look(self) -> float:
        """The figure now. Once the storm is over (`after` is known) it counts as work."""
        now = resident(self.pid)
        if self.after:
            self.at_work = max(self.at_work, now)
        else:
            self.peak = max(self.peak, now)
        return now

    @property
    def bounded(self) -> bool:
        return self.peak <= self.small * STEP

    def __str__(self) -> str:
        storm = (
            f"{self.before:.0f} MiB, {self.small:.0f} after a tenth, {self.peak:.0f} at most, {self.after:.0f} after"
        )
        return f"{storm}, {self.at_work:.0f} at work"
