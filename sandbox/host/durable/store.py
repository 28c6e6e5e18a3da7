"""Orchestration instances in SQLite: one row each, and their history as an append-only list of batches."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import durabletask.internal.orchestrator_service_pb2 as pb
from durabletask.testing.in_memory_backend import OrchestrationInstance

from sandbox.host.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS instance (
    id TEXT PRIMARY KEY, facts TEXT NOT NULL, input TEXT, output TEXT, failure BLOB, pending BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS history (
    instance TEXT NOT NULL, batch INTEGER NOT NULL, events BLOB NOT NULL, PRIMARY KEY (instance, batch))
    WITHOUT ROWID;
"""
_FACTS = ("name", "status", "version", "custom_status", "tags")
_TIMES = ("created_at", "last_updated_at", "completed_at")


@dataclass(slots=True)
class Saved:
    """How much of an instance's history the database holds."""

    events: int = 0
    batches: int = 0


class InstanceStore:
    """Reads and writes instances; writing appends the new events only."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._saved: dict[str, Saved] = {}
        database.connection.executescript(_SCHEMA)

    def save(self, sql: sqlite3.Connection, instance: OrchestrationInstance, *, new_execution: bool) -> Saved:
        """Write the instance in the caller's transaction; returns what to `remember` once it is committed."""
        saved = Saved() if new_execution else self._saved.get(instance.instance_id, Saved())
        if new_execution:
            sql.execute("DELETE FROM history WHERE instance = ?", (instance.instance_id,))
        sql.execute("REPLACE INTO instance VALUES (?, ?, ?, ?, ?, ?)", _row(instance))
        fresh = instance.history[saved.events :]
        if not fresh:
            return saved
        batch = (instance.instance_id, saved.batches, _packed(fresh))
        sql.execute("INSERT INTO history VALUES (?, ?, ?)", batch)
        return Saved(len(instance.history), saved.batches + 1)

    def remove(self, sql: sqlite3.Connection, instance_id: str) -> None:
        sql.execute("DELETE FROM history WHERE instance = ?", (instance_id,))
        sql.execute("DELETE FROM instance WHERE id = ?", (instance_id,))

    def remember(self, instance_id: str, saved: Saved | None) -> None:
        """The transaction is committed: this much is in the database (None: the instance is gone)."""
        if saved is None:
            self._saved.pop(instance_id, None)
        else:
            self._saved[instance_id] = saved

    def load(self, instance_id: str) -> OrchestrationInstance | None:
        """The instance with its history as the database has it, every undone event pending again."""
        row = self.database.connection.execute("SELECT * FROM instance WHERE id = ?", (instance_id,)).fetchone()
        if row is None:
            self._saved.pop(instance_id, None)
            return None
        instance = _instance(row)
        instance.history, batches = self.history(instance_id)
        self._saved[instance_id] = Saved(len(instance.history), batches)
        return instance

    def load_row(self, instance_id: str) -> OrchestrationInstance | None:
        """The instance without its history: all that a finished one needs in memory."""
        row = self.database.connection.execute("SELECT * FROM instance WHERE id = ?", (instance_id,)).fetchone()
        return _instance(row) if row else None

    def ids(self) -> list[tuple[str, int]]:
        """(id, status) of every instance."""
        rows = self.database.connection.execute("SELECT id, facts FROM instance ORDER BY rowid")
        return [(instance_id, json.loads(facts)["status"]) for instance_id, facts in rows]

    def history(self, instance_id: str) -> tuple[list[pb.HistoryEvent], int]:
        """All events in order, and in how many batches they are kept."""
        rows = self.database.connection.execute(
            "SELECT events FROM history WHERE instance = ? ORDER BY batch", (instance_id,)
        ).fetchall()
        return [event for (blob,) in rows for event in _unpacked(blob)], len(rows)


def _row(instance: OrchestrationInstance) -> tuple[object, ...]:
    facts = {name: getattr(instance, name) for name in _FACTS}
    facts |= {name: time.isoformat() for name in _TIMES if (time := getattr(instance, name))}
    undone = [*instance.dispatched_events, *instance.pending_events]
    failure = instance.failure_details.SerializeToString() if instance.failure_details else None
    return (instance.instance_id, json.dumps(facts), instance.input, instance.output, failure, _packed(undone))


def _instance(row: tuple[str, str, str | None, str | None, bytes | None, bytes]) -> OrchestrationInstance:
    instance_id, facts_text, encoded_input, output, failure, pending = row
    facts = json.loads(facts_text)
    times: dict[str, Any] = {name: datetime.fromisoformat(facts.pop(name)) for name in _TIMES if name in facts}
    return OrchestrationInstance(
        instance_id=instance_id,
        input=encoded_input,
        output=output,
        failure_details=pb.TaskFailureDetails.FromString(failure) if failure else None,
        pending_events=_unpacked(pending),
        **facts,
        **times,
    )


def _packed(events: Iterable[pb.HistoryEvent]) -> bytes:
    """Events as one blob: any message with a repeated event field will do, this one has."""
    blob: bytes = pb.HistoryChunk(events=events).SerializeToString()
    return blob


def _unpacked(blob: bytes) -> list[pb.HistoryEvent]:
    return list(pb.HistoryChunk.FromString(blob).events)
