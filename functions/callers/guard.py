"""The second look at a call, where its route is known: each route asks for its role before it reads the body, and one that
may change something is on record before it does."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from functions import parts
from functions.callers.audit import begin
from functions.callers.caller import Call, at_hand
from functions.callers.door import tell_refusal
from functions.callers.refusals import NotAllowed
from functions.callers.roles import needed, opens
from functions.now import now


class GuardedRoute(APIRoute):
    """A route that answers only who has the role it needs: the role hangs on the route, not on how a path is written."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            role, caller = needed(request.method, self.path), (at_hand.get(None) or Call()).caller
            if opens(caller.roles, role):
                if request.method != "GET":
                    await begin(parts.engine().rows, at_hand.get(), request.method, request.url.path, now())
                return await answer(request)
            refused = NotAllowed(f"{caller.who} lacks the role {role}")
            tell_refusal(request.method, self.path, refused)
            return Response(refused.body, refused.status, refused.headers, "application/json")

        return guarded
