"""An app with one of everything, for the tests of the local host."""

import json
import os
from typing import List  # noqa: UP035 - the worker refuses Out[list[str]]: "invalid non-type annotation"

import azure.durable_functions as df
import azure.functions as func
import book
import flows
import grpc
import now
from durabletask.client import OrchestrationQuery

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
for flow in flows.ORCHESTRATORS:
    app.orchestration_trigger(context_name="context")(flow)
for activity in flows.ACTIVITIES:
    app.activity_trigger(input_name="payload")(activity)


def _json(content: object, status: int = 200) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(content), status_code=status, mimetype="application/json")


# Declared the wrong way round on purpose: the most specific route must win all the same.
@app.route(route="{*path}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def anything(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"by": "rest", "path": req.route_params.get("path")})


@app.route(route="items/{name}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def item_by_name(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"by": "name", "name": req.route_params["name"]})


@app.route(route="items/special", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def item_special(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"by": "literal"})


@app.route(route="items/{n:int}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def item_by_number(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"by": "number", "n": req.route_params["n"], "q": dict(req.params)})


@app.route(route="guarded", methods=["POST"])
async def guarded(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.get_body(), headers={"x-echo": req.headers.get("x-say", "")}, status_code=201)


@app.route(route="for-admins", methods=["POST"], auth_level=func.AuthLevel.ADMIN)
async def for_admins(req: func.HttpRequest) -> func.HttpResponse:
    return _json({})


@app.route(route="raises", methods=["POST"])
def raises(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("not today")


@app.route(route="now", methods=["GET"])
def tell_time(req: func.HttpRequest) -> func.HttpResponse:
    return _json({"now": now.source().isoformat()})


@app.route(route="alerts", methods=["POST"])
@app.queue_output(arg_name="out", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
def alerts(req: func.HttpRequest, out: func.Out[List[str]]) -> func.HttpResponse:  # noqa: UP006
    """Queue each element of the posted list, and the answer says how many."""
    messages = [m if isinstance(m, str) else json.dumps(m) for m in req.get_json()]
    out.set(messages if len(messages) != 1 else messages[0])
    return _json({"queued": len(messages), "at": now.source().isoformat()}, 202)


@app.queue_trigger(arg_name="msg", queue_name="%WORK_QUEUE%", connection="AzureWebJobsStorage")
@app.durable_client_input(client_name="client")
async def on_work(msg: func.QueueMessage, client: df.DurableOrchestrationClient) -> None:
    """A message is a JSON object that starts a flow, or plain text to be written down."""
    text = msg.get_body().decode()
    facts = {
        "id": msg.id,
        "dequeue_count": msg.dequeue_count,
        "inserted": msg.insertion_time.isoformat(),
        "expires": msg.expiration_time.isoformat(),
        "visible": msg.time_next_visible.isoformat(),
        "receipt": msg.pop_receipt,
    }
    book.write("message", text=text, now=now.source().isoformat(), **facts)
    if text.startswith("bad"):
        raise RuntimeError("cannot use this")
    if text.startswith("{"):
        wanted = json.loads(text)
        try:
            await client.schedule_new_orchestration(wanted["flow"], input=wanted["input"], instance_id=wanted.get("id"))
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.ALREADY_EXISTS:  # a message may be delivered twice
                raise


@app.queue_trigger(arg_name="msg", queue_name="%WORK_QUEUE%-poison", connection="AzureWebJobsStorage")
def on_poison(msg: func.QueueMessage) -> None:
    book.write("poison", text=msg.get_body().decode(), count=msg.dequeue_count, now=now.source().isoformat())
    if b"worse" in msg.get_body() and msg.dequeue_count < 2:
        raise RuntimeError("even this fails")


@app.timer_trigger(schedule="%NIGHTLY%", arg_name="timer", run_on_startup=False)
@app.queue_output(arg_name="$return", queue_name="tallies", connection="AzureWebJobsStorage")
def nightly(timer: func.TimerRequest) -> str:
    book.write("nightly", now=now.source().isoformat(), past_due=timer.past_due, status=timer.schedule_status)
    return "tally"


@app.queue_trigger(arg_name="msg", queue_name="tallies", connection="AzureWebJobsStorage")
def on_tally(msg: func.QueueMessage) -> None:
    book.write("tally", text=msg.get_body().decode())


@app.timer_trigger(schedule="0 0 0 1 1 *", arg_name="timer", run_on_startup=True, use_monitor=False)
def at_start(timer: func.TimerRequest) -> None:
    book.write("at_start", past_due=timer.past_due, pid=os.getpid())


@app.route(route="start/{flow}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start `?many=` instances of a flow (ids `id`, or `id-0`, `id-1`, ...); answers the durable client's own answer."""
    name, body = req.route_params["flow"], req.get_json()
    wanted, many = req.params.get("id"), int(req.params.get("many", "0"))
    try:
        for n in range(many):
            await client.schedule_new_orchestration(name, input=body, instance_id=f"{wanted}-{n}")
        if many:
            return _json({"started": many}, 202)
        started = await client.schedule_new_orchestration(name, input=body, instance_id=wanted)
    except Exception as error:  # noqa: BLE001 - the test wants to see it
        return _json({"refused": error.code().name if hasattr(error, "code") else repr(error)}, 409)
    return client.create_check_status_response(req, started)


@app.route(route="ask/{verb}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def ask(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Call one method of the durable client with the posted arguments, and show what it answered."""
    given = req.get_json()
    verb = req.route_params["verb"]
    if verb == "raise":
        await client.raise_orchestration_event(given["id"], given["event"], data=given.get("data"))
    elif verb == "terminate":
        await client.terminate_orchestration(given["id"], output=given.get("output"))
    elif verb == "purge":
        return _json({"deleted": (await client.purge_orchestration(given["id"])).deleted_instance_count})
    elif verb == "wait":
        state = await client.wait_for_orchestration_completion(given["id"], timeout=given.get("seconds", 10))
        return _json(_state(state))
    elif verb == "get":
        return _json(_state(await client.get_orchestration_state(given["id"])))
    elif verb == "list":
        return _json(
            [
                _state(state)
                for state in await client.get_all_orchestration_states(
                    OrchestrationQuery(fetch_inputs_and_outputs=True)
                )
            ]
        )
    elif verb == "history":
        return _json({"events": len(await client.get_orchestration_history(given["id"]))})
    return _json({})


def _state(state: object) -> object:
    if state is None:
        return None
    output = state.serialized_output
    failure = state.failure_details
    return {
        "id": state.instance_id,
        "status": state.runtime_status.name,
        "output": json.loads(output) if output else None,
        "failure": failure.message if failure else None,
        "created": state.created_at.isoformat(),
    }
