"""Queue triggers: a failure opens or joins a case; what could not be understood is recorded, never lost."""

import json
from datetime import datetime
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions import messages, parts
from functions.durable_port import DurableRuns
from functions.now import now


async def on_failure(msg: func.QueueMessage, client: Any, queue: messages.Outgoing) -> None:
    """Open a case for the failure or join it to the item's open one. What it raises makes the queue try again.

    A sweep comes through here too, and puts what it finds back into the queue; so does the wake of a case.
    """
    from engine.case import Failure
    from engine.claims import open_case, wake
    from engine.heartbeats import SWEEP, beat
    from engine.locate import located
    from engine.sweep import sweep
    from engine.telemetry import traces
    from gateway.arm.errors import Denied, Forbidden, NotFound

    told, engine = json.loads(msg.get_body()), parts.engine()
    if told["kind"] == "ignored":
        await engine.cases.record(_inserted(msg), "ignored", str(msg.id), {"reason": told["reason"], **told["summary"]})
        return
    if told["kind"] == "wake":
        await wake(DurableRuns(client), told["case"])
        return
    if told["kind"] == "sweep":
        with traces.work("sweep"):
            found = await sweep(engine, now())
        await beat(engine.rows, SWEEP, now())
        if found:
            queue.set([messages.of_failure(failure) for failure in found])
        return
    failure = Failure.from_json(told["failure"])
    try:
        with traces.work("locate"):
            failure = await located(engine, failure)
    except (Denied, Forbidden, NotFound) as e:
        await engine.cases.record(_inserted(msg), "ignored", str(msg.id), {"reason": str(e), **failure.to_json()})
        return
    await open_case(engine.cases, DurableRuns(client), failure, now())


async def on_poison(msg: func.QueueMessage) -> None:
    """Record what the queue gave up on; the sweep finds again what failed for passing reasons."""
    text = msg.get_body().decode("utf-8", "replace")
    await parts.engine().cases.record(
        _inserted(msg), "not understood", str(msg.id), {"message": text[: messages.MAX_MESSAGE]}
    )


def _inserted(msg: func.QueueMessage) -> datetime:
    """The day under which a repeat of this message is recorded again, once."""
    return msg.insertion_time or now()


def register(app: df.DFApp) -> None:
    taken = app.queue_trigger(arg_name="msg", queue_name=messages.QUEUE, connection=messages.CONNECTION)(on_failure)
    app.queue_output(arg_name="queue", queue_name=messages.QUEUE, connection=messages.CONNECTION)(
        app.durable_client_input(client_name="client")(taken)
    )
    app.queue_trigger(arg_name="msg", queue_name=messages.POISON, connection=messages.CONNECTION)(on_poison)
