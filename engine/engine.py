"""The engine's parts, put together once a process."""

from dataclasses import dataclass

from engine.cases import Cases
from engine.leases import Leases
from engine.settings import Settings
from gateway.arm.clients import Clients
from gateway.arm.reads import Reads
from gateway.arm.starts import Starts
from gateway.store.opening import open_rows
from gateway.store.rows import Rows


@dataclass(frozen=True, slots=True)
class Engine:
    """All that a turn of a case needs."""

    settings: Settings
    clients: Clients
    rows: Rows
    reads: Reads
    starts: Starts
    cases: Cases
    leases: Leases

    @classmethod
    def open(cls, settings: Settings) -> "Engine":
        """Raises ValueError that names the setting where the store cannot be told."""
        clients, rows = Clients(settings.arm_endpoint, settings.identity), open_rows(settings.store_url)
        reads, starts = Reads(clients), Starts(clients)
        leases = Leases(rows, reads, starts, settings.lease_hours)
        return cls(settings, clients, rows, reads, starts, Cases(rows), leases)

    async def close(self) -> None:
        await self.clients.close()
        await self.rows.close()
