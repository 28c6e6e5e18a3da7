"""Events: one line each, `event=<name>` and its fields, which stand in the record too. Never a token, a query or a body."""

import json
import logging
import re

from gateway.arm.telling import SCOPE

LONGEST = 2000
"""Characters of a text that an event holds; the case has all of it."""
_PLAIN = re.compile(r"[\w.:+/@-]+", re.ASCII)
_log = logging.getLogger(SCOPE)
_log.setLevel(logging.INFO)  # here, since calls are told of before the engine is there


def tell(event: str, level: int = logging.WARNING, **fields: object) -> None:
    """Write one event; a text that could look like another line or field is quoted.

    `infra/app/engine-alerts.json` holds the alerts on events.
    """
    told = {name: _short(value) for name, value in {"event": event, **fields}.items()}
    _log.log(level, " ".join(f"{name}={quoted(value)}" for name, value in told.items()), extra=told)


def _short(value: object) -> object:
    return f"{value[:LONGEST]}…" if isinstance(value, str) and len(value) > LONGEST else value


def quoted(value: object) -> str:
    """As it stands where it cannot be taken for more than one word, else as JSON."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
