"""The audit: every call that changed something, who made it and what came of it; added, never changed."""

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.telemetry.events import tell
from functions.callers.caller import Call
from gateway.store.rows import Rows, StoreError

TABLE = "audit"
ENDED = "|ended"
UNANSWERED = 0
"""The status of a call whose answer is not on record: the app was ended, or its store was away, before that."""
ALL = 1_000_000
"""More rows than a day can hold."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One call, first as it begins, then as it was answered. `proof` is `token` or `key`; with a key `who` is what the body
    says, and anyone's word."""

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
    """Whether a call so answered can have left a trace. A refusal changes nothing.

    409 counts: an answer that a case no longer heeds stays on record.
    """
    return status == 409 or not 400 <= status < 500


def tell_entry(made: Entry) -> None:
    tell("call.made", logging.INFO, **asdict(made))


async def begin(rows: Rows, call: Call, method: str, path: str, at: datetime) -> None:
    """Store that the call begins, before it may change anything. Raises StoreError: then nothing may be changed."""
    key = f"{at.isoformat()}|{call.invocation}"  # with the host's id of this run, so that no two calls meet
    try:
        await rows.insert(TABLE, key[:10], key, asdict(entry(call, method, path, UNANSWERED, at)))
    except StoreError as e:
        tell("audit.lost", logging.ERROR, error=str(e))
        raise StoreError("the call could not be recorded in the audit, so nothing was done: call again") from e
    call.begun = key


async def end(rows: Rows, call: Call, made: Entry) -> None:
    """Store how the call that was begun was answered."""
    await rows.insert(TABLE, call.begun[:10], f"{call.begun}{ENDED}", asdict(made))


async def kept(rows: Rows, now: datetime, days: int, limit: int) -> list[dict[str, Any]]:
    """The calls of the last `days` that may have changed something, newest first; none older is read once there are `limit`."""
    found: list[dict[str, Any]] = []
    for back in range(days + 1):
        of_day = await rows.scan(TABLE, (now - timedelta(days=back)).date().isoformat(), limit=ALL)
        known = {row.key.removesuffix(ENDED): row.value for row in of_day}  # how it ended sorts behind that it began
        found += [value for value in reversed(known.values()) if may_have_changed(value["status"])]
        if len(found) >= limit:
            break
    return found[:limit]
