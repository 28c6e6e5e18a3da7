"""Events that an alert can watch: one line each, `event=<name>` and its fields, which stand in the record too."""

import logging

_log = logging.getLogger(__name__)


def tell(event: str, level: int = logging.WARNING, **fields: str | int) -> None:
    """Write one event. `infra/app/engine-alerts.json` holds the alerts on them."""
    told = {"event": event, **fields}
    _log.log(level, " ".join(f"{name}={value}" for name, value in told.items()), extra=told)
