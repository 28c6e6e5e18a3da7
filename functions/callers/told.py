"""Log events about calls: fields, never a token, a query or a body."""

import json
import logging

_log = logging.getLogger("functions.callers")


def tell(level: int, event: str, **fields: object) -> None:
    """Log the event; texts are quoted, so that none can look like another line or field."""
    said = " ".join(f"{name}={json.dumps(value)}" for name, value in fields.items())
    _log.log(level, "event=%s %s", event, said, extra={"event": event, **fields})
