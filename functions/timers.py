"""Timers: the nightly sweep, the reaper of every five minutes, and a look at both."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions import messages, parts
from functions.callers import door
from functions.durable_port import DurableRuns
from functions.now import now


async def sweep(timer: func.TimerRequest, queue: messages.Outgoing) -> None:
    """Ask for a sweep through the queue, which tries again what fails for passing reasons."""
    queue.set([messages.of_sweep()])


async def reaper(timer: func.TimerRequest, client: Any) -> None:
    """Adopt claims without a run, return leases without a case; then send the outcomes that are owed."""
    from engine.heartbeats import REAPER, beat
    from engine.reaper import reap
    from engine.telemetry import traces

    engine = parts.engine()
    with traces.work("reaper"):
        await reap(engine, DurableRuns(client), now())
        await beat(engine.rows, REAPER, now())
    await engine.reports.send(engine.cases)


async def silence(timer: func.TimerRequest) -> None:
    """Tell, apart from both, when reaper or sweep have been silent for too long, and when nobody may call."""
    from engine.heartbeats import watch

    door.tell_problems()
    await watch(parts.engine().rows, now())


def register(app: df.DFApp) -> None:
    app.queue_output(arg_name="queue", queue_name=messages.QUEUE, connection=messages.CONNECTION)(
        app.timer_trigger(schedule="%SWEEP_SCHEDULE%", arg_name="timer", run_on_startup=False)(sweep)
    )
    app.timer_trigger(schedule="0 */10 * * * *", arg_name="timer", run_on_startup=False)(silence)
    app.durable_client_input(client_name="client")(
        app.timer_trigger(schedule="0 */5 * * * *", arg_name="timer", run_on_startup=False)(reaper)
    )
