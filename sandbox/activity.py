"""What somebody did to a resource, as the activity log keeps it. A row, replaced as a whole."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Activity:
    n: int
    at: datetime
    caller: str
    operation: str
    resource: str
    status: str = "Succeeded"
