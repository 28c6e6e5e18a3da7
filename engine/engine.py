"""The engine's parts, put together once a process."""

from dataclasses import dataclass
from pathlib import Path

from engine.cases import Cases
from engine.decisions import Decisions
from engine.fleets import Fleets
from engine.leases import Leases
from engine.limits.incidents import Incidents
from engine.limits.slots import Slots
from engine.limits.track_record import TrackRecord
from engine.policy import Policy
from engine.policy.file import read_policy
from engine.reports import Reports
from engine.settings import Settings
from gateway.arm.clients import Clients
from gateway.arm.reads import Reads
from gateway.arm.starts import Starts
from gateway.outcomes_table import OutcomesTable
from gateway.store.opening import open_rows
from gateway.store.rows import Rows


@dataclass(frozen=True, slots=True)
class Engine:
    """All that a turn of a case needs."""

    settings: Settings
    policy: Policy
    clients: Clients
    rows: Rows
    reads: Reads
    starts: Starts
    cases: Cases
    leases: Leases
    decisions: Decisions
    slots: Slots
    track: TrackRecord
    incidents: Incidents
    fleets: Fleets
    reports: Reports

    @classmethod
    def open(cls, settings: Settings) -> "Engine":
        """Raises ValueError that names the setting where the store cannot be told."""
        clients = Clients(settings.arm_endpoint, settings.identity)
        rows = open_rows(settings.store_url, settings.identity)
        reads, starts = Reads(clients), Starts(clients)
        leases, cases = Leases(rows, reads, starts, settings.lease_hours), Cases(rows)
        slots, reports = Slots(rows), Reports(rows, _table(settings))
        more = (
            Decisions(rows),
            slots,
            TrackRecord(rows),
            Incidents(rows, cases, reports),
            Fleets(rows, slots),
            reports,
        )
        return cls(settings, _policy(settings.policy_file), clients, rows, reads, starts, cases, leases, *more)

    @property
    def broken(self) -> str:
        """What is wrong with the settings or the policy, so that nothing may be changed; "" where nothing is."""
        problems = self.settings.problems or self.policy.problems
        return f"a setting is wrong: {problems[0]}" if problems else ""

    async def close(self) -> None:
        await self.clients.close()
        await self.reports.close()
        await self.rows.close()


def _table(settings: Settings) -> OutcomesTable | None:
    if not settings.outcomes_endpoint:
        return None
    rule, stream = settings.outcomes_rule, settings.outcomes_stream
    return OutcomesTable(settings.outcomes_endpoint, rule, stream, settings.identity)


def _policy(path: str) -> Policy:
    """The owner's policy; a file that cannot be read is a problem, and permits nothing."""
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        return Policy(problems=(f"POLICY_FILE {path} cannot be read: {e}",))
    return read_policy(text, path)
