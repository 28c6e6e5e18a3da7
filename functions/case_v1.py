"""The durable shell of a case. Frozen: a change becomes case_v2 beside it, so that runs in flight replay unchanged.

The state is the case's row; events carry nothing, they only wake.
"""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

from durabletask import task


def case_v1(ctx: task.OrchestrationContext, i: dict[str, Any]) -> Generator[Any, Any]:
    """Take turns until the case is closed; between two turns wait for the time it asked for, or to be woken."""
    for _ in range(50):
        try:
            turn = yield ctx.call_activity(
                "advance_v1", input={"case": i["case"], "now": ctx.current_utc_datetime.isoformat()}
            )
        except task.TaskFailedError:
            turn = {"closed": False, "wait_s": 300}
        if turn["closed"]:
            return
        wake, timer = ctx.wait_for_external_event("wake"), ctx.create_timer(timedelta(seconds=turn["wait_s"]))
        yield task.when_any([wake, timer])
        wake.cancel()
        timer.cancel()
    ctx.continue_as_new(i, save_events=True)
