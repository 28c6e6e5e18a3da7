"""The audit: every call that changed something, who made it and what came of it; added, never changed."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.telemetry.events import tell
from functions.callers.caller import Call
from gateway.store.rows import Rows

TABLE = "audit"
ALL = 1_000_000
"""More rows than a day can hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One call. `proof` is `token` or `key`; with a key `who` is what the body says, and anyone's word."""

    at: str
    proof: str
    who: str
    oid: str
    app: str
    roles: list[str]
    method: str
    path: str
    status: int


def entry(call: Call, method: str, path: str, status: int, at: datetime) -> Entry:
    caller = call.caller
    proof, roles = ("token", sorted(caller.roles)) if caller.by_token else ("key", [])
    return Entry(at.isoformat(), proof, caller.name or call.named, caller.oid, caller.app, roles, method, path, status)


def may_have_changed(status: int) -> bool:
    """Whether a call so answered can have left a trace. A refusal changes nothing, and none of them fills the store.

    409 counts: an answer that a case no longer heeds stays on record.
    """
    return status == 409 or not 400 <= status < 500


def tell_entry(made: Entry) -> None:
    tell("call.made", logging.INFO, **asdict(made))


async def keep(rows: Rows, made: Entry, invocation: str) -> None:
    """Store it under its day. `invocation` is the host's id of this run, so that no two calls meet."""
    await rows.insert(TABLE, made.at[:10], f"{made.at}|{invocation}", asdict(made))


async def kept(rows: Rows, now: datetime, days: int, limit: int) -> list[dict[str, Any]]:
    """The calls of the last `days`, newest first; no older day is read once there are `limit`."""
    found: list[dict[str, Any]] = []
    for back in range(days + 1):
        of_day = await rows.scan(TABLE, (now - timedelta(days=back)).date().isoformat(), limit=ALL)
        found += [row.value for row in reversed(of_day)]
        if len(found) >= limit:
            break
    return found[:limit]
