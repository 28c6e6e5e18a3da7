"""The one switch that stops all changes: a row, read before every change of every case."""

from dataclasses import dataclass
from datetime import datetime

from gateway.store.rows import Conflict, Exists, Rows

TABLE, KEY = "switch", "switch"
ON, OFF = "on", "off"


@dataclass(frozen=True, slots=True)
class Switch:
    """Where the switch stands, who set it so, why and when (ISO 8601 UTC); "" where nobody ever did."""

    changes: str = ON
    who: str = ""
    why: str = ""
    at: str = ""

    @property
    def off(self) -> str:
        """Why nothing may be changed, "" where changes are on."""
        return (
            "" if self.changes == ON else f"changes were switched off by {self.who} at {self.at[:16]} UTC: {self.why}"
        )


async def read_switch(rows: Rows) -> Switch:
    row = await rows.get(TABLE, KEY, KEY)
    return Switch(**row.value) if row else Switch()


async def set_switch(rows: Rows, changes: str, who: str, why: str, now: datetime) -> Switch:
    """Set it; of several at once the last one stands. What is lent still goes back while changes are off."""
    value = {"changes": changes, "who": who, "why": why, "at": now.isoformat()}
    while True:
        row = await rows.get(TABLE, KEY, KEY)
        try:
            await (rows.replace(TABLE, row, value) if row else rows.insert(TABLE, KEY, KEY, value))
            return Switch(**value)
        except (Conflict, Exists):
            continue
