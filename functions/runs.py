"""The durable functions: the shell and its one activity."""

from datetime import datetime
from typing import Any

import azure.durable_functions as df

from functions import parts
from functions.case_v1 import case_v1
from functions.now import now


async def advance_v1(_: Any, turn: dict[str, Any]) -> dict[str, Any]:
    """One turn of the case `turn["case"]` at the instant `turn["now"]`; answers `closed` and `wait_s`."""
    from engine.advance import advance

    at = datetime.fromisoformat(turn["now"]) if turn.get("now") else now()
    if at.tzinfo is None:
        at = at.replace(tzinfo=now().tzinfo)
    done = await advance(parts.engine(), turn["case"], max(at, now()))  # a turn may have waited in a backlog
    return {"closed": done.closed, "wait_s": done.wait_s}


def register(app: df.DFApp) -> None:
    app.orchestration_trigger(context_name="ctx")(case_v1)
    app.activity_trigger(input_name="turn")(advance_v1)
