"""The messages, in SQLite: put, claim, delete, hide, move to the poison queue."""

import base64
import sqlite3
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.host.database import Database

MAX_STORED_BYTES = 64 * 1024
"""A storage queue message holds 64 KiB as stored, so 48 KiB of text in base64.
https://learn.microsoft.com/rest/api/storageservices/put-message"""
TIME_TO_LIVE = timedelta(days=7)
"""The service's default (same page)."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL,
    inserted TEXT NOT NULL, expires TEXT NOT NULL, visible TEXT NOT NULL, dequeues INTEGER NOT NULL DEFAULT 0,
    receipt TEXT NOT NULL DEFAULT '');
"""


class MessageTooLarge(Exception):
    """The queue service would refuse this message: RequestBodyTooLarge."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as the service keeps it; `body` is the stored text, still encoded."""

    number: int
    id: str
    queue: str
    body: str
    inserted: datetime
    expires: datetime
    visible: datetime
    dequeues: int
    receipt: str


class QueueStore:
    """All queues of this host; a queue exists as soon as it is named."""

    def __init__(self, database: Database, *, encode: bool) -> None:
        self._database, self._encode = database, encode
        database.connection.executescript(_SCHEMA)

    def put(self, messages: Iterable[tuple[str, bytes]], now: datetime) -> list[tuple[str, int]]:
        """Store all of (queue, content), or none; returns (queue, number) of each.

        Raises MessageTooLarge."""
        rows = [(queue, self._stored_text(queue, content)) for queue, content in messages]
        with self._database.transaction() as sql:
            return [(queue, self._insert(sql, queue, body, now)) for queue, body in rows]

    def claim(self, number: int, now: datetime, hidden_for: timedelta) -> Stored | None:
        """Count one more dequeue and hide the message; None when it is gone or expired."""
        with self._database.transaction() as sql:
            sql.execute("DELETE FROM message WHERE number = ? AND expires <= ?", (number, now.isoformat()))
            row = sql.execute(
                "UPDATE message SET dequeues = dequeues + 1, visible = ?, receipt = ? WHERE number = ? RETURNING *",
                ((now + hidden_for).isoformat(), uuid.uuid4().hex, number),
            ).fetchone()
        return _stored(row) if row else None

    def delete(self, number: int) -> None:
        with self._database.transaction() as sql:
            sql.execute("DELETE FROM message WHERE number = ?", (number,))

    def hide(self, number: int, until: datetime) -> None:
        """End the claim: the message is visible again at that instant."""
        with self._database.transaction() as sql:
            sql.execute("UPDATE message SET visible = ?, receipt = '' WHERE number = ?", (until.isoformat(), number))

    def move(self, message: Stored, queue: str, now: datetime) -> int:
        """Copy the message to another queue and delete it here, in one transaction; returns its new number."""
        with self._database.transaction() as sql:
            sql.execute("DELETE FROM message WHERE number = ?", (message.number,))
            return self._insert(sql, queue, message.body, now)

    def show_all(self, now: datetime) -> None:
        """End every claim of an earlier life of this host: its messages are visible again."""
        with self._database.transaction() as sql:
            sql.execute("UPDATE message SET visible = ?, receipt = '' WHERE receipt != ''", (now.isoformat(),))

    def waiting(self, queue: str) -> list[tuple[int, datetime]]:
        """(number, visible from) of every message, oldest first."""
        rows = self._database.connection.execute(
            "SELECT number, visible FROM message WHERE queue = ? ORDER BY number", (queue,)
        )
        return [(number, datetime.fromisoformat(visible)) for number, visible in rows]

    def lengths(self) -> dict[str, int]:
        rows = self._database.connection.execute("SELECT queue, COUNT(*) FROM message GROUP BY queue ORDER BY queue")
        return dict(rows.fetchall())

    def content(self, message: Stored) -> bytes:
        """What was put; raises ValueError when the stored text is not base64 as host.json says."""
        return base64.b64decode(message.body, validate=True) if self._encode else message.body.encode()

    def _stored_text(self, queue: str, content: bytes) -> str:
        text = base64.b64encode(content).decode() if self._encode else content.decode()
        if len(text.encode()) > MAX_STORED_BYTES:
            limit = "48 KiB before base64" if self._encode else "64 KiB"
            raise MessageTooLarge(f"queue {queue}: a message of {len(content)} bytes exceeds the limit of {limit}")
        return text

    @staticmethod
    def _insert(sql: sqlite3.Connection, queue: str, body: str, now: datetime) -> int:
        cursor = sql.execute(
            "INSERT INTO message (id, queue, body, inserted, expires, visible) VALUES (?, ?, ?, ?, ?, ?)",
            (str(uuid.uuid4()), queue, body, now.isoformat(), (now + TIME_TO_LIVE).isoformat(), now.isoformat()),
        )
        return int(cursor.lastrowid or 0)


def _stored(row: tuple[int, str, str, str, str, str, str, int, str]) -> Stored:
    number, identity, queue, body, inserted, expires, visible, dequeues, receipt = row
    when = datetime.fromisoformat
    return Stored(number, identity, queue, body, when(inserted), when(expires), when(visible), dequeues, receipt)
