"""The least durable app: what ours is compared with. Its HTTP function answers 202 and does nothing."""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="alerts", methods=["POST"])
async def alerts(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=202)


@app.orchestration_trigger(context_name="context")
def flow(context, given):  # type: ignore[no-untyped-def]
    return (yield context.call_activity("act", input=given))


@app.activity_trigger(input_name="given")
async def act(_, given: dict) -> dict:  # type: ignore[no-untyped-def,type-arg]
    return given
