"""The HTTP API besides alerts, on FastAPI, which is imported on the first request."""

from functools import cache
from typing import Any

import azure.durable_functions as df
import azure.functions as func

from functions import messages


@cache
def _asgi() -> Any:
    from functions.api_app import make_app

    return func.AsgiMiddleware(make_app())  # type: ignore[no-untyped-call]


async def serve_api(req: func.HttpRequest, context: func.Context, queue: messages.Outgoing) -> func.HttpResponse:
    """Serve every route but /api/alerts; what a request queues goes out with its answer."""
    from functions.api_cases import outbox

    token = outbox.set([])
    try:
        response = await _asgi().handle_async(req, context)
        if outbox.get():
            queue.set(outbox.get())
        return response  # type: ignore[no-any-return]
    finally:
        outbox.reset(token)


def register(app: df.DFApp) -> None:
    app.queue_output(arg_name="queue", queue_name=messages.QUEUE, connection=messages.CONNECTION)(
        app.route(route="{*path}", methods=["GET", "POST", "PUT"], auth_level=func.AuthLevel.FUNCTION)(serve_api)
    )
